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
  if (!(error instanceof Error)) return { error: typeof error }
  if (!('$metadata' in error)) return { error: error.name, at: stackFrames(error) }
  const { httpStatusCode, requestId } = error.$metadata as {
    httpStatusCode?: number
    requestId?: string
  }
  return { error: error.name, status: httpStatusCode, requestId, message: error.message }
}

/** The lines of the stack without the first, which repeats the error's text. */
function stackFrames(error: Error): string[] {
  const lines = error.stack?.split('\n') ?? []
  return lines.map((line) => line.trim()).filter((line) => line.startsWith('at '))
}
