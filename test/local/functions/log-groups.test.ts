import { describe, expect, it } from 'vitest'
import { Identities } from '../../../local/access/identities.ts'
import { Clock } from '../../../local/clock.ts'
import type { Statement } from '../../../local/access/policy.ts'
import { LogGroups, type LogStream } from '../../../local/functions/log-groups.ts'
import { Trace } from '../../../local/trace.ts'

const GROUP = 'arn:aws:logs:us-east-1:000000000000:log-group:Chat-Logs'
const WRITE = ['logs:CreateLogStream', 'logs:PutLogEvents']

describe('a log group', () => {
  it.each([
    { name: 'its own grant', exists: true, actions: WRITE, resource: `${GROUP}:*` },
    { name: 'the managed policy', exists: true, actions: ['logs:*'], resource: '*' },
    { name: 'leave to make it', exists: false, actions: ['logs:*'], resource: '*' },
  ])('takes the lines of a role with $name', ({ exists, actions, resource }) => {
    const { lines } = write(exists, { effect: 'Allow', actions, resources: [resource] })
    expect(lines).toEqual(['first', 'second'])
  })

  it.each([
    { name: 'none', exists: true, actions: ['s3:*'], resource: '*' },
    { name: 'half', exists: true, actions: ['logs:CreateLogStream'], resource: '*' },
    { name: 'the other half', exists: true, actions: ['logs:PutLogEvents'], resource: '*' },
    { name: 'another group', exists: true, actions: WRITE, resource: `${GROUP}2:*` },
    { name: 'the group without its streams', exists: true, actions: WRITE, resource: GROUP },
    { name: 'no leave to make it', exists: false, actions: WRITE, resource: '*' },
  ])('loses the lines of a role with $name', ({ exists, actions, resource }) => {
    const { lines, calls } = write(exists, { effect: 'Allow', actions, resources: [resource] })
    expect(lines).toEqual([])
    expect(calls.some(({ allowed }) => !allowed)).toBe(true)
  })

  it('is asked for a stream once', () => {
    const { calls } = write(true, { effect: 'Allow', actions: WRITE, resources: [`${GROUP}:*`] })
    expect(calls.map(({ action, resource }) => ({ action, resource }))).toEqual([
      { action: 'logs:CreateLogStream', resource: `${GROUP}:log-stream:stream-1` },
      { action: 'logs:PutLogEvents', resource: `${GROUP}:log-stream:stream-1` },
    ])
  })
})

/** What becomes of two lines that a function with this one statement writes. */
function write(exists: boolean, statement: Statement) {
  const trace = new Trace()
  const identities = new Identities(trace, new Clock())
  const role = { roleName: 'R', roleArn: 'arn', trustedServices: [], statements: [statement] }
  const [, principal] = identities.assumeRole(role, 'handler')
  const stream: LogStream = {
    functionName: 'Chat-Handler',
    logGroupName: 'Chat-Logs',
    logStreamName: 'stream-1',
    principal,
  }
  const logGroups = new LogGroups(identities, trace, exists ? ['Chat-Logs'] : [])
  logGroups.write(stream, 'platform', 'first')
  logGroups.write(stream, 'function', 'second')
  return { lines: trace.ofKind('log').map(({ line }) => line), calls: trace.ofKind('call') }
}
