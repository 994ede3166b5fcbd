import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readJob, writeJob, type Job } from '../../../lambdas/core/job.ts'

const connectionId = fc.string({ minLength: 1 })
const count = fc.option(fc.nat(), { nil: undefined })
const frame = fc.string({ unit: 'binary' })
const anyJob: fc.Arbitrary<Job> = fc.oneof(
  fc.record({
    frame,
    audience: fc.oneof(
      fc.constant('everyone' as const),
      fc.record({ group: fc.string({ minLength: 1 }) }),
    ),
    except: fc.option(connectionId, { nil: undefined }),
    after: fc.option(connectionId, { nil: undefined }),
    part: count,
  }),
  fc.record({ frame, connectionIds: fc.array(connectionId), attempt: count }),
)

describe('a job', () => {
  it('is read as it was written, in characters that SQS takes', () => {
    const property = fc.property(anyJob, (job) => {
      const body = writeJob(job)
      expect(body).toMatch(/^[\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u)
      // What is undefined is not written.
      expect(readJob(body)).toEqual(JSON.parse(JSON.stringify(job)))
    })
    fc.assert(property)
  })

  it('keeps the two characters that JSON takes and SQS does not', () => {
    const job = { frame: '\uFFFE\uFFFF\uFFFD\\uffff', connectionIds: ['a'] }
    expect(writeJob(job)).toContain('"\\ufffe\\uffff\uFFFD\\\\uffff"')
    expect(readJob(writeJob(job))).toEqual(job)
  })

  it.each([
    '{"frame":"hi","audience":"everyone"}',
    '{"frame":"hi","audience":{"group":"hash"}}',
    '{"connectionIds":["A=","B="],"frame":"hi"}',
    '{"frame":"hi","connectionIds":["A="],"attempt":6}',
    '{"frame":"","audience":"everyone","except":"A=","after":"B=","part":7}',
  ])('may be written by hand: %s', (body) => {
    expect(readJob(body)).toEqual(JSON.parse(body))
  })
})

describe('what is no job', () => {
  it.each([
    '',
    'hello',
    'null',
    '[]',
    '"{}"',
    '{}',
    '{"frame":"hi"}',
    '{"audience":"everyone"}',
    '{"connectionIds":["A="]}',
    '{"frame":1,"audience":"everyone"}',
    '{"frame":"hi","audience":"everybody"}',
    '{"frame":"hi","audience":{}}',
    '{"frame":"hi","audience":{"group":""}}',
    // Names are for those who hash them.
    '{"frame":"hi","audience":{"room":"lobby"}}',
    '{"frame":"hi","audience":{"group":"hash","room":"lobby"}}',
    // A publication is no job yet.
    '{"to":"everyone","data":"hi"}',
    '{"frame":"hi","audience":"everyone","connectionIds":["A="]}',
    '{"frame":"hi","audience":"everyone","room":"r"}',
    '{"frame":"hi","audience":"everyone","except":""}',
    '{"frame":"hi","audience":"everyone","after":1}',
    '{"frame":"hi","audience":"everyone","part":-1}',
    '{"frame":"hi","audience":"everyone","attempt":1}',
    '{"frame":"hi","connectionIds":"A="}',
    '{"frame":"hi","connectionIds":["A=",""]}',
    '{"frame":"hi","connectionIds":[1]}',
    '{"frame":"hi","connectionIds":["A="],"attempt":0.5}',
    '{"frame":"hi","connectionIds":["A="],"attempt":"1"}',
  ])('is undefined: %s', (body) => {
    expect(readJob(body)).toBeUndefined()
  })
})
