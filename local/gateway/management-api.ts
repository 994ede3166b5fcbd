import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer, Refusal, ServiceDoor } from '../access/service-door.ts'
import { readBody } from '../http.ts'
import type { Account } from '../template/account.ts'
import type { Connection } from './connection.ts'
import type { StageInfo } from './events.ts'
import { isConnectionId } from './ids.ts'
import type { StagePaths } from './stage-paths.ts'

/** The most that one POST carries. */
const MAX_BODY_BYTES = 128 * 1024

const METHODS = new Set(['POST', 'GET', 'DELETE'])

export interface ManagementApiProps {
  readonly stage: StageInfo
  readonly paths: StagePaths
  readonly account: Account
  readonly door: ServiceDoor
  /** Whether the account's quota has room for one more request. */
  admitsRequest(): boolean
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
   * Answers a call to `/{stage}/@connections/{connectionId}`, and to the same at a custom domain.
   *
   * @returns false, and answers nothing, when the path is another one
   */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const connectionId = this.#props.paths.connectionId(request)
    if (connectionId === undefined) return false
    // Read before anything is answered: a body left unread would block the caller's next request.
    const body = await readBody(request, MAX_BODY_BYTES)
    const method = request.method ?? ''
    const { account, door, stage } = this.#props
    const path = `${stage.apiId}/${stage.stageName}/${method}/@connections/${connectionId}`
    await door.serve(request, response, body, {
      name: 'execute-api',
      faultsName: 'connections',
      call: {
        operation: method,
        action: 'execute-api:ManageConnections',
        resources: [account.arn('execute-api', path)],
      },
      perform: () => this.#perform(method, connectionId, body),
      refuse,
    })
    return true
  }

  #perform(method: string, connectionId: string, body: Buffer): Answer {
    if (!this.#props.admitsRequest()) return LIMIT_EXCEEDED
    if (!METHODS.has(method)) return error(403, 'ForbiddenException', 'Forbidden')
    if (!isConnectionId(connectionId)) {
      return error(400, 'BadRequestException', `Invalid connectionId: ${connectionId}`)
    }
    if (body.length > MAX_BODY_BYTES) {
      return error(413, 'PayloadTooLargeException', 'Payload Too Large')
    }
    const connection = this.#props.find(connectionId)
    if (!connection) return GONE
    if (method === 'GET') return json(200, describe(connection))
    if (method === 'DELETE') {
      this.#props.disconnect(connection)
      return { status: 204 }
    }
    return connection.send(body.toString('utf8')) ? { status: 200 } : LIMIT_EXCEEDED
  }
}

/** It comes without a body. */
const GONE: Answer = { status: 410, headers: { 'x-amzn-ErrorType': 'GoneException' } }

const LIMIT_EXCEEDED = error(429, 'LimitExceededException', 'Too Many Requests')

/** AWS's names for the errors that a fault asks for by their status alone. */
const FAULT_TYPES: ReadonlyMap<number, string> = new Map([
  [400, 'BadRequestException'],
  [403, 'ForbiddenException'],
  [413, 'PayloadTooLargeException'],
  [429, 'LimitExceededException'],
])

function refuse(why: Refusal): Answer {
  if (why.reason !== 'fault') return error(403, 'ForbiddenException', why.message)
  if (why.status === 410) return GONE
  const type = why.type ?? FAULT_TYPES.get(why.status) ?? 'InternalServerErrorException'
  return error(why.status, type, 'A fault of the local runtime')
}

function describe({ info, lastActiveAt }: Connection): unknown {
  return {
    connectedAt: new Date(info.connectedAt).toISOString(),
    identity: { sourceIp: info.sourceIp, userAgent: info.userAgent },
    lastActiveAt: new Date(lastActiveAt).toISOString(),
  }
}

function error(status: number, type: string, message: string): Answer {
  return json(status, { message }, { 'x-amzn-ErrorType': type })
}

function json(status: number, body: unknown, headers: Answer['headers'] = {}): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }
}
