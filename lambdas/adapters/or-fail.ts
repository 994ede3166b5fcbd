import { report } from './report.ts'

/**
 * Waits for what a handler cannot do without, and fails with no more than the event's name: of an
 * error that a handler throws, Lambda logs all that it has, and so what a service has answered.
 *
 * @param event what has failed, for the log
 */
export async function orFail(event: string, work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => {
    report(event, error)
    throw new Error(event)
  })
}
