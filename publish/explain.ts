import { PlainError } from './local-stack.ts'

const LEAVE = 'It takes sqs:SendMessage for that queue: switchboard.grantPublish(…) gives it.'

/** What to do about failures, by the names that the SDK and SQS give them. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  [
    'CredentialsProviderError',
    'Sign in to AWS as for its own command line. The stack of npm start needs no credentials: --port names it.',
  ],
  // In SQS's old protocol and in its new one.
  ['AccessDenied', LEAVE],
  ['AccessDeniedException', LEAVE],
  ['QueueDoesNotExist', "The stack's output DeliveryQueueUrl names it."],
])

/** Why nothing was published, for people. */
export function explain(error: unknown): string {
  if (error instanceof PlainError) return error.message
  if (!(error instanceof Error)) return String(error)
  const advice = ADVICE.get(error.name)
  return [`${error.name}: ${error.message}`, ...(advice === undefined ? [] : [advice])].join('\n')
}
