import type { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import { CONCURRENT_POSTS } from '../core/push.ts'
import type { Timeouts } from './answer.ts'
import { readRefusal, type AwsError } from './aws-error.ts'
import { ConnectionPool } from './connection-pool.ts'
import { destinationOf, lineOpener } from './open-line.ts'
import { PostSigner } from './post-signer.ts'

/** The @connections endpoint: who posts there, what signs for it, and the lines to it. */
interface Endpoint {
  readonly credentials: ApiGatewayManagementApiClient['config']['credentials']
  readonly signer: PostSigner
  readonly pool: ConnectionPool
}

/**
 * Posts frames to connections. The SDK's client says where, and with which credentials; its own
 * requests would cost more than ten times the CPU, and posting is most of what a broadcast does.
 */
export class Poster {
  readonly #newClient: () => ApiGatewayManagementApiClient
  readonly #timeouts: Timeouts
  #endpoint: Promise<Endpoint> | undefined

  /** @param newClient called with the first post, because a cold start may end without one */
  constructor(newClient: () => ApiGatewayManagementApiClient, timeouts: Timeouts) {
    this.#newClient = newClient
    this.#timeouts = timeouts
  }

  /**
   * One text frame to one connection.
   *
   * @returns why it was not accepted; undefined when it was
   * @throws when the client's configuration has no region, endpoint or credentials
   */
  async post(connectionId: string, frame: string): Promise<AwsError | undefined> {
    const { credentials, signer, pool } = await this.#open()
    // Asked each time: the SDK keeps them, and gets new ones before they expire.
    const request = signer.sign(connectionId, frame, await credentials(), new Date())
    return readRefusal(await pool.exchange(request))
  }

  #open(): Promise<Endpoint> {
    this.#endpoint ??= openEndpoint(this.#newClient(), this.#timeouts).catch((error: unknown) => {
      this.#endpoint = undefined // A failure is not kept: the next post asks again.
      throw error
    })
    return this.#endpoint
  }
}

async function openEndpoint(
  { config }: ApiGatewayManagementApiClient,
  timeouts: Timeouts,
): Promise<Endpoint> {
  if (!config.endpoint) throw new Error('the client of the management API has no endpoint')
  const { protocol, hostname, port, path } = await config.endpoint()
  return {
    credentials: config.credentials,
    signer: new PostSigner({
      region: await config.region(),
      host: port === undefined ? hostname : `${hostname}:${port}`,
      basePath: path.replace(/\/+$/, ''),
    }),
    pool: new ConnectionPool({
      open: lineOpener(destinationOf({ protocol, hostname, port })),
      maxSockets: CONCURRENT_POSTS,
      timeouts,
    }),
  }
}
