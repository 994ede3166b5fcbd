import { SQSServiceException } from '@aws-sdk/client-sqs'
import { expect, it } from 'vitest'
import { explain } from '../../publish/explain.ts'
import { PlainError } from '../../publish/local-stack.ts'

function fromSqs(name: string): Error {
  return new SQSServiceException({ name, $fault: 'client', $metadata: {}, message: 'no' })
}

it.each([
  ['AccessDenied', /^AccessDenied: no\nIt takes sqs:SendMessage/],
  ['AccessDeniedException', /^AccessDeniedException: no\nIt takes sqs:SendMessage/],
  ['QueueDoesNotExist', /^QueueDoesNotExist: no\nThe stack's output DeliveryQueueUrl/],
  ['ExpiredToken', /^ExpiredToken: no$/],
])('what to do about %s', (name, text) => {
  expect(explain(fromSqs(name))).toMatch(text)
})

it('without credentials, how to get some', () => {
  const error = Object.assign(new Error('none'), { name: 'CredentialsProviderError' })
  expect(explain(error)).toMatch(/^CredentialsProviderError: none\nSign in to AWS/)
})

it('a sentence of our own, as it is', () => {
  expect(explain(new PlainError('nothing there'))).toBe('nothing there')
})
