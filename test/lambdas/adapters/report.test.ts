import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb'
import { describe, expect, it, vi } from 'vitest'
import { AwsError, readAwsError } from '../../../lambdas/adapters/aws-error.ts'
import { report } from '../../../lambdas/adapters/report.ts'
import { captureLog } from '../../support/log-lines.ts'

const log = captureLog()

const THROTTLED = new DynamoDBServiceException({
  name: 'ThrottlingException',
  $fault: 'client',
  message: 'Rate exceeded',
  $metadata: { httpStatusCode: 400, requestId: 'request-1' },
})

describe('a report', () => {
  it('is one object, which Lambda puts into a line of JSON', () => {
    report('scan_failed', new Error('two\nlines'), { count: 2 })
    expect(vi.mocked(console.error).mock.calls).toEqual([
      [{ event: 'scan_failed', count: 2, error: 'Error', at: expect.any(Array) }],
    ])
  })

  it('says of an AWS error what AWS said', () => {
    report('scan_failed', THROTTLED)
    expect(log.lines).toEqual([
      {
        event: 'scan_failed',
        error: 'ThrottlingException',
        status: 400,
        requestId: 'request-1',
        message: 'Rate exceeded',
      },
    ])
  })

  it('leaves out what a refused signature should have been made of', () => {
    const message =
      "The signature does not match.\n\nThe Canonical String should have been\n'POST\nx-amz-security-token:TOKEN'"
    report('post_failed', new AwsError('InvalidSignatureException', message, 403))
    expect(log.lines).toEqual([
      {
        event: 'post_failed',
        error: 'InvalidSignatureException',
        status: 403,
        message: 'The signature does not match.',
      },
    ])
  })

  it('says of another error its name and its place, and nothing of its text', () => {
    report('message_failed', new TypeError('Alice said\n  at home: hi'))
    expect(log.lines).toEqual([
      {
        event: 'message_failed',
        error: 'TypeError',
        at: expect.arrayContaining([expect.stringContaining('report.test.ts')]),
      },
    ])
    expect(JSON.stringify(log.lines)).not.toMatch(/Alice|home/)
  })

  it.each([
    { thrown: 'Alice said hi', kind: 'string' },
    { thrown: { text: 'Alice said hi' }, kind: 'object' },
    { thrown: undefined, kind: 'undefined' },
  ])('says of $thrown no more than its kind', ({ thrown, kind }) => {
    report('message_failed', thrown)
    expect(log.lines).toEqual([{ event: 'message_failed', error: kind }])
  })
})

describe('an AWS error', () => {
  it('is known by its metadata', () => {
    expect(readAwsError(THROTTLED)).toEqual({
      name: 'ThrottlingException',
      message: 'Rate exceeded',
      status: 400,
      requestId: 'request-1',
    })
  })

  it('has no status when no answer came', () => {
    const error = Object.assign(new Error('connect ECONNREFUSED'), { $metadata: { attempts: 1 } })
    expect(readAwsError(error)).toEqual({
      name: 'Error',
      message: 'connect ECONNREFUSED',
      status: undefined,
      requestId: undefined,
    })
  })

  it.each([new Error('ours'), { $metadata: { httpStatusCode: 410 } }, null, 'GoneException'])(
    'is not %s',
    (error) => {
      expect(readAwsError(error)).toBeUndefined()
    },
  )
})
