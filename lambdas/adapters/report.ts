import { readAwsError } from './aws-error.ts'

/**
 * Writes one JSON line about a failure. Of an error it writes what Switchboard or AWS named, never
 * the text of an arbitrary one, which may quote what a client sent.
 *
 * @param event what failed, in snake_case; alarms and queries look for it
 */
export function report(event: string, error: unknown): void {
  console.error(JSON.stringify({ event, ...describe(error) }))
}

function describe(error: unknown): Record<string, unknown> {
  const awsError = readAwsError(error)
  if (awsError) {
    const { name, status, requestId, message } = awsError
    return { error: name, status, requestId, message }
  }
  if (error instanceof Error) return { error: error.name, at: stackFrames(error) }
  return { error: typeof error }
}

/** The lines of the stack without the first, which repeats the error's text. */
function stackFrames(error: Error): string[] {
  const lines = error.stack?.split('\n') ?? []
  return lines.map((line) => line.trim()).filter((line) => line.startsWith('at '))
}
