import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Identities } from '../access/identities.ts'
import { readBody, sendJson } from '../http.ts'
import type { Connection } from './connection.ts'
import type { StageInfo } from './events.ts'
import { isConnectionId } from './ids.ts'

/** The most that one POST carries. */
const MAX_BODY_BYTES = 128 * 1024

export interface ManagementApiProps {
  readonly stage: StageInfo
  readonly identities: Identities
  find(connectionId: string): Connection | undefined
  /** Closes a connection on behalf of DELETE. */
  disconnect(connection: Connection): void
}

/** `@connections`: how a backend reaches its clients. */
export class ManagementApi {
  readonly #props: ManagementApiProps

  constructor(props: ManagementApiProps) {
    this.#props = props
  }

  /**
   * Answers a call to `/{stage}/@connections/{connectionId}`.
   *
   * @returns false, and answers nothing, when the path is another one
   */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const connectionId = this.#readPath(request.url ?? '')
    if (connectionId === undefined) return false
    // Read before anything is answered: a body left unread would block the caller's next request.
    const body = await readBody(request, MAX_BODY_BYTES)
    const refusal = this.#authorize(request, connectionId)
    if (refusal !== undefined) sendError(response, 403, 'ForbiddenException', refusal)
    else this.#perform(request.method ?? '', connectionId, body, response)
    return true
  }

  /** `@` and the id's `=` may come percent-encoded. */
  #readPath(url: string): string | undefined {
    const [, stage, keyword, connectionId, ...rest] = url
      .replace(/\?.*$/, '')
      .split('/')
      .map(decode)
    const { stageName } = this.#props.stage
    if (stage !== stageName || keyword !== '@connections' || rest.length > 0) return undefined
    return connectionId
  }

  #authorize(request: IncomingMessage, connectionId: string): string | undefined {
    const { identities, stage } = this.#props
    const caller = identities.find(request.headers.authorization)
    if (!caller) return 'Missing Authentication Token'
    const path = `${stage.apiId}/${stage.stageName}/${request.method}/@connections/${connectionId}`
    const resource = identities.account.arn('execute-api', path)
    return identities.authorize(caller, 'execute-api:ManageConnections', resource)
  }

  #perform(method: string, connectionId: string, body: Buffer, response: ServerResponse): void {
    if (!['POST', 'GET', 'DELETE'].includes(method)) {
      return sendError(response, 403, 'ForbiddenException', 'Forbidden')
    }
    if (!isConnectionId(connectionId)) {
      const message = `Invalid connectionId: ${connectionId}`
      return sendError(response, 400, 'BadRequestException', message)
    }
    if (body.length > MAX_BODY_BYTES) {
      return sendError(response, 413, 'PayloadTooLargeException', 'Payload Too Large')
    }
    const connection = this.#props.find(connectionId)
    if (!connection) {
      response.writeHead(410, { 'x-amzn-ErrorType': 'GoneException' }).end()
    } else if (method === 'POST') {
      connection.send(body.toString('utf8'))
      response.writeHead(200).end()
    } else if (method === 'GET') {
      sendJson(response, 200, describe(connection))
    } else {
      this.#props.disconnect(connection)
      response.writeHead(204).end()
    }
  }
}

function describe({ info, lastActiveAt }: Connection): unknown {
  return {
    connectedAt: new Date(info.connectedAt).toISOString(),
    identity: { sourceIp: info.sourceIp, userAgent: info.userAgent },
    lastActiveAt: new Date(lastActiveAt).toISOString(),
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function sendError(response: ServerResponse, status: number, type: string, message: string): void {
  sendJson(response, status, { message }, { 'x-amzn-ErrorType': type })
}
