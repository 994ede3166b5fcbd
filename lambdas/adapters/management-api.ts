import type { Outcome } from '../core/delivery.ts'
import type { AwsError } from './aws-error.ts'
import type { Poster } from './poster.ts'
import { report } from './report.ts'

/** Posts of the same failure, with the first of their errors. */
interface Failure {
  readonly error: unknown
  count: number
}

/** Pushes through the @connections management API. */
export class ManagementApi {
  readonly #poster: Poster
  /** By the error's name, since they were last reported. */
  readonly #failures = new Map<string, Failure>()

  constructor(poster: Poster) {
    this.#poster = poster
  }

  /**
   * One text frame to one connection. Never rejects: a failure is an outcome, and is noted for
   * {@link reportFailures}.
   */
  async post(connectionId: string, frame: string): Promise<Outcome> {
    try {
      const refusal = await this.#poster.post(connectionId, frame)
      if (refusal === undefined) return 'sent'
      const outcome = classify(refusal)
      if (outcome !== 'gone') this.#note(refusal.name, refusal)
      return outcome
    } catch (error) {
      this.#note(error instanceof Error ? error.name : typeof error, error)
      return 'failed'
    }
  }

  /** Logs what has failed since the last call: a line for each kind, however many recipients it hit. */
  reportFailures(): void {
    for (const { error, count } of this.#failures.values()) report('post_failed', error, { count })
    this.#failures.clear()
  }

  #note(name: string, error: unknown): void {
    const failure = this.#failures.get(name)
    if (failure) failure.count += 1
    else this.#failures.set(name, { error, count: 1 })
  }
}

/** What became of a call that AWS refused. */
export function classify({ name, status, message }: AwsError): Outcome {
  // Without an x-amzn-ErrorType header the name is "Unknown", and only the status tells.
  if (name === 'GoneException' || status === 410) return 'gone'
  // No connection ever had such an id or will have it. Another bad request says nothing of the target.
  if (name === 'BadRequestException' && /invalid connectionid/i.test(message)) return 'gone'
  if (name === 'LimitExceededException' || status === 429) return 'throttled'
  if (status === undefined || status >= 500) return 'unavailable'
  return 'failed'
}
