import * as http from 'node:http'
import * as https from 'node:https'
import type { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import { CONCURRENT_POSTS } from '../core/push.ts'
import { readRefusal, type AwsError } from './aws-error.ts'
import { exchange, type Timeouts } from './exchange.ts'
import { PostSigner } from './post-signer.ts'

/** The @connections endpoint: what signs for it, and the sockets to it. */
interface Endpoint {
  readonly signer: PostSigner
  readonly agent: http.Agent
  readonly request: typeof http.request
  readonly host: string
  readonly port: number | undefined
}

/**
 * Posts frames to connections. The SDK's client says where, and with which credentials; its own
 * requests would cost about six times the CPU, and posting is most of what a broadcast does.
 */
export class Poster {
  readonly #client: ApiGatewayManagementApiClient
  readonly #timeouts: Timeouts
  #endpoint: Promise<Endpoint> | undefined

  constructor(client: ApiGatewayManagementApiClient, timeouts: Timeouts) {
    this.#client = client
    this.#timeouts = timeouts
  }

  /**
   * One text frame to one connection.
   *
   * @returns why it was not accepted; undefined when it was
   * @throws when the client's configuration has no region, endpoint or credentials
   */
  async post(connectionId: string, frame: string): Promise<AwsError | undefined> {
    const endpoint = await this.#open()
    const error = await this.#attempt(endpoint, connectionId, frame)
    if (error === undefined || !isLineLost(error)) return error
    // A kept-alive socket may have died while the Lambda was frozen, and others with it: the next
    // attempt takes a new one. Should the first have arrived after all, the second has the same
    // message id.
    closeIdleSockets(endpoint.agent)
    return await this.#attempt(endpoint, connectionId, frame)
  }

  async #attempt(
    { signer, agent, request, host, port }: Endpoint,
    connectionId: string,
    frame: string,
  ): Promise<AwsError | undefined> {
    // Asked each time: the SDK keeps them, and gets new ones before they expire.
    const credentials = await this.#client.config.credentials()
    const { path, headers, body } = signer.sign(connectionId, frame, credentials, new Date())
    const options = { method: 'POST', host, port, path, headers, agent }
    return readRefusal(await exchange(request(options), body, this.#timeouts))
  }

  #open(): Promise<Endpoint> {
    this.#endpoint ??= openEndpoint(this.#client).catch((error: unknown) => {
      this.#endpoint = undefined // A failure is not kept: the next post asks again.
      throw error
    })
    return this.#endpoint
  }
}

async function openEndpoint({ config }: ApiGatewayManagementApiClient): Promise<Endpoint> {
  if (!config.endpoint) throw new Error('the client of the management API has no endpoint')
  const { protocol, hostname, port, path } = await config.endpoint()
  const { Agent, request } = protocol === 'http:' ? http : https
  return {
    signer: new PostSigner({
      region: await config.region(),
      host: port === undefined ? hostname : `${hostname}:${port}`,
      basePath: path.replace(/\/+$/, ''),
    }),
    agent: new Agent({ keepAlive: true, maxSockets: CONCURRENT_POSTS }),
    request,
    host: hostname.replace(/^\[|\]$/g, ''), // An IPv6 address has its brackets in a URL only.
    port,
  }
}

function isLineLost({ name, status }: AwsError): boolean {
  return status === undefined && (name === 'ECONNRESET' || name === 'EPIPE')
}

function closeIdleSockets(agent: http.Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy()
  }
}
