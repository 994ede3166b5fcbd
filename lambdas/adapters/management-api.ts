import {
  PostToConnectionCommand,
  type ApiGatewayManagementApiClient,
} from '@aws-sdk/client-apigatewaymanagementapi'
import type { Outcome } from '../core/delivery.ts'
import { readAwsError } from './aws-error.ts'
import { report } from './report.ts'

/** Posts of the same failure, with the first of their errors. */
interface Failure {
  readonly error: unknown
  count: number
}

/** Pushes through the @connections management API. */
export class ManagementApi {
  readonly #client: ApiGatewayManagementApiClient
  /** By the error's name, since they were last reported. */
  readonly #failures = new Map<string, Failure>()

  /** @param client one that makes a single attempt: a retry inside it would hold up a broadcast */
  constructor(client: ApiGatewayManagementApiClient) {
    this.#client = client
  }

  /**
   * One text frame to one connection. Never rejects: a failure is an outcome, and is noted for
   * {@link reportFailures}.
   */
  async post(connectionId: string, frame: string): Promise<Outcome> {
    try {
      await this.#send(connectionId, frame)
      return 'sent'
    } catch (error) {
      const outcome = classify(error)
      if (outcome !== 'gone') this.#note(error)
      return outcome
    }
  }

  /** Logs what has failed since the last call: a line for each kind, however many recipients it hit. */
  reportFailures(): void {
    for (const { error, count } of this.#failures.values()) report('post_failed', error, { count })
    this.#failures.clear()
  }

  async #send(connectionId: string, frame: string): Promise<void> {
    const command = new PostToConnectionCommand({ ConnectionId: connectionId, Data: frame })
    try {
      await this.#client.send(command)
    } catch (error) {
      // A kept-alive socket may have died while the Lambda was frozen. Should the first one have
      // arrived after all, the second has the same message id.
      if (!isLineLost(error)) throw error
      await this.#client.send(command)
    }
  }

  #note(error: unknown): void {
    const name = error instanceof Error ? error.name : typeof error
    const failure = this.#failures.get(name)
    if (failure) failure.count += 1
    else this.#failures.set(name, { error, count: 1 })
  }
}

function classify(error: unknown): Outcome {
  const { name, status, message = '' } = readAwsError(error) ?? {}
  // Without an x-amzn-ErrorType header the name is "Unknown", and only the status tells.
  if (name === 'GoneException' || status === 410) return 'gone'
  // No connection ever had such an id or will have it. Another bad request says nothing of the target.
  if (name === 'BadRequestException' && /invalid connectionid/i.test(message)) return 'gone'
  if (name === 'LimitExceededException' || status === 429) return 'throttled'
  return 'failed'
}

function isLineLost(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ECONNRESET' || code === 'EPIPE'
}
