import { readAwsError } from './aws-error.ts'

/**
 * Logs a failure: an object, which Lambda puts into a line of JSON, beside the time, the level and the
 * request id. Of an error it has what Switchboard or AWS named, never the text of an arbitrary one,
 * which may quote what a client sent.
 *
 * @param event what failed, in snake_case; alarms and queries look for it
 * @param more numbers that belong to it
 */
export function report(
  event: string,
  error: unknown,
  more: Readonly<Record<string, number>> = {},
): void {
  console.error({ event, ...more, ...describe(error) })
}

function describe(error: unknown): Record<string, unknown> {
  const awsError = readAwsError(error)
  if (awsError) {
    const { name, status, requestId, message } = awsError
    // API Gateway says below the first line of a refused signature what it should have been made of:
    // all signed headers, the session token too.
    return { error: name, status, requestId, message: message.split('\n', 1)[0] }
  }
  if (error instanceof Error) return { error: error.name, at: stackFrames(error) }
  return { error: typeof error }
}

/** The lines of the stack after the error's text, whose own lines may look like those. */
function stackFrames({ stack = '', message }: Error): string[] {
  const start = stack.indexOf(message)
  const frames = start === -1 ? '' : stack.slice(start + message.length)
  return frames
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
}
