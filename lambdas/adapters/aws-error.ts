import type { Answer } from './answer.ts'

/** What AWS said of a call that failed. */
export class AwsError {
  /** Such as `GoneException`; `Unknown` when the answer named none; the line's error without one. */
  readonly name: string
  readonly message: string
  /** The HTTP status; undefined when no answer came. */
  readonly status: number | undefined
  readonly requestId: string | undefined

  constructor(name: string, message: string, status?: number, requestId?: string) {
    this.name = name
    this.message = message
    this.status = status
    this.requestId = requestId
  }
}

/** Reads an exception of the AWS SDK, or undefined when it is another error. */
export function readAwsError(error: unknown): AwsError | undefined {
  if (error instanceof AwsError) return error
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined
  const { httpStatusCode, requestId } = asRecord(error.$metadata)
  return new AwsError(
    error.name,
    error.message,
    typeof httpStatusCode === 'number' ? httpStatusCode : undefined,
    asText(requestId),
  )
}

/** Reads an answer over plain HTTP as the SDK would: undefined when the call was accepted. */
export function readRefusal(answer: Answer): AwsError | undefined {
  if (answer.status === undefined) return new AwsError(answer.code, answer.message)
  const { status, headers, text } = answer
  if (status >= 200 && status < 300) return undefined
  // Such as `GoneException:http://…`; some gateways send none.
  const name = headers.get('x-amzn-errortype')?.split(/[:,]/, 1)[0]
  const requestId = headers.get('x-amzn-requestid')
  return new AwsError(name || 'Unknown', readMessage(text) ?? 'UnknownError', status, requestId)
}

/** The message in an error's JSON; what answers may also be a proxy, with a page of HTML. */
function readMessage(text: string): string | undefined {
  try {
    const { message, Message } = asRecord(JSON.parse(text))
    return asText(message) ?? asText(Message)
  } catch {
    return undefined
  }
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
