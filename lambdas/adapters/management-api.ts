import {
  PostToConnectionCommand,
  type ApiGatewayManagementApiClient,
} from '@aws-sdk/client-apigatewaymanagementapi'
import type { Outcome } from '../core/delivery.ts'
import { readAwsError } from './aws-error.ts'
import { report } from './report.ts'

/** Pushes through the @connections management API. */
export class ManagementApi {
  readonly #client: ApiGatewayManagementApiClient

  constructor(client: ApiGatewayManagementApiClient) {
    this.#client = client
  }

  /** One text frame to one connection. Never rejects: a failure is an outcome, and is logged. */
  async post(connectionId: string, frame: string): Promise<Outcome> {
    try {
      await this.#client.send(
        new PostToConnectionCommand({ ConnectionId: connectionId, Data: frame }),
      )
      return 'sent'
    } catch (error) {
      const outcome = classify(error)
      if (outcome !== 'gone') report('post_failed', error)
      return outcome
    }
  }
}

function classify(error: unknown): Outcome {
  const { name, status } = readAwsError(error) ?? {}
  // Without an x-amzn-ErrorType header the name is "Unknown", and only the status tells.
  if (name === 'GoneException' || status === 410) return 'gone'
  // "Invalid connectionId": no connection ever had or will have it.
  if (name === 'BadRequestException') return 'gone'
  if (name === 'LimitExceededException' || status === 429) return 'throttled'
  return 'failed'
}
