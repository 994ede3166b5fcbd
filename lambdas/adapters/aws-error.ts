/** What AWS said of a call that failed. */
export interface AwsError {
  /** Such as `GoneException`; `Unknown` when the answer named none. */
  readonly name: string
  readonly message: string
  /** The HTTP status; undefined when no answer came. */
  readonly status: number | undefined
  readonly requestId: string | undefined
}

/** Reads an exception of the AWS SDK, or undefined when it is another error. */
export function readAwsError(error: unknown): AwsError | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined
  const { httpStatusCode, requestId } = asRecord(error.$metadata)
  return {
    name: error.name,
    message: error.message,
    status: typeof httpStatusCode === 'number' ? httpStatusCode : undefined,
    requestId: typeof requestId === 'string' ? requestId : undefined,
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
