import { describe, expect, it } from 'vitest'
import { Clock } from '../../local/clock.ts'
import { Faults } from '../../local/faults/faults.ts'
import type { Local } from '../../local/start-local.ts'
import { readApp } from '../../local/template/read-app.ts'
import { banner, credentialsHelp, formatEntry, type Pass } from '../../local/terminal.ts'
import { Trace, type TraceEntry } from '../../local/trace.ts'
import { assemblyOf, CHAT } from '../support/assembly.ts'

const URL_RESOURCE = {
  Type: 'AWS::Lambda::Url',
  Properties: { TargetFunctionArn: { Ref: 'Handler' }, AuthType: 'AWS_IAM' },
}

const connectionId = 'L0SM9cOFvHcCIhw='
const call = { kind: 'call', principalArn: 'arn:role', action: 'a:B', resource: 'arn:x' } as const
const log = { kind: 'log', functionName: 'Chat-Handler', logGroupName: 'g', line: 'hi' } as const
const invocation = {
  kind: 'invocation',
  functionName: 'Chat-Handler',
  coldStart: true,
  milliseconds: 12.4,
} as const

describe('a line on the terminal', () => {
  it.each<[string, TraceEntry]>([
    [
      'stopped     Work  an-id of jobs: a recursive loop, after 16 invocations',
      {
        kind: 'recursiveLoop',
        functionName: 'Work',
        queueName: 'jobs',
        messageId: 'an-id',
        invocations: 16,
      },
    ],
    [
      'redrive     Dead  2 messages moved, FAILED CouldNotDetermineMessageSource',
      {
        kind: 'redrive',
        queueName: 'Dead',
        status: 'FAILED',
        moved: 2,
        failureReason: 'CouldNotDetermineMessageSource',
      },
    ],
    [
      'connect     L0SM9cOFvHcCIhw=  101  12 ms',
      { kind: 'handshake', connectionId, status: 101, milliseconds: 12.4 },
    ],
    [
      'message     L0SM9cOFvHcCIhw=  join  3 ms',
      { kind: 'message', connectionId, routeKey: 'join', milliseconds: 3 },
    ],
    [
      'message     L0SM9cOFvHcCIhw=  no route Forbidden  3 ms',
      { kind: 'message', connectionId, routeKey: undefined, milliseconds: 3, error: 'Forbidden' },
    ],
    [
      'disconnect  L0SM9cOFvHcCIhw=  1001 Going away',
      { kind: 'disconnect', connectionId, code: 1001, reason: 'Going away' },
    ],
    [
      'disconnect  L0SM9cOFvHcCIhw=  1005',
      { kind: 'disconnect', connectionId, code: 1005, reason: '' },
    ],
    ['refused     a:B  arn:role on arn:x', { ...call, allowed: false }],
    ['log         Chat-Handler  hi', { ...log, source: 'function' }],
    [
      'gave up     jobs  an-id is in jobs-dead, received 3 times',
      {
        kind: 'deadLetter',
        queueName: 'jobs',
        deadLetterQueueName: 'jobs-dead',
        messageId: 'an-id',
        receiveCount: 3,
      },
    ],
    ['failed      Chat-Handler  TypeError  12 ms', { ...invocation, error: 'TypeError' }],
  ])('reads "%s"', (text, entry) => {
    const [time, rest] = split(plain(formatEntry(entry) ?? ''))
    expect(time).toMatch(/^\d\d:\d\d:\d\d$/)
    expect(rest).toBe(text)
  })

  it.each<[string, TraceEntry]>([
    ['a call that is allowed', { ...call, allowed: true }],
    ['a line of Lambda itself', { ...log, source: 'platform' }],
    ['a line of metrics', { ...log, source: 'function', line: '{"_aws":{}}' }],
    ['an invocation that succeeds', invocation],
  ])('is not for %s', (_, entry) => {
    expect(formatEntry(entry)).toBeUndefined()
  })
})

describe('the banner', () => {
  it('says what runs, where it is and what the template suggests to type', () => {
    const examples = [
      { type: 'ping', does: 'an answer' },
      { type: 'BROADCAST:hi', does: 'to all' },
    ]
    const lines = bannerOf({ Metadata: { 'Local::Examples': examples } })
    expect(lines).toContain('Chat runs on this machine: 1 function, 0 tables, ready in 1.2 s.')
    expect(lines).toContain('ws://localhost:3001/prod')
    expect(lines).toContain('npx wscat -c ws://localhost:3001/prod')
    expect(lines).toContain('ping           an answer')
    expect(lines).toContain('BROADCAST:hi   to all')
  })

  it('names the page beside the stage, if there is one', () => {
    const words = 'a page to try it with'
    const lines = bannerOf({}, {}, [], 'http://localhost:3001/')
    expect(lines).toContain(`http://localhost:3001/   ${words}`)
    expect(bannerOf({}).join('\n')).not.toContain(words)
  })

  it('names where functions can be called by HTTP', () => {
    const lines = bannerOf({}, { Url: URL_RESOURCE })
    expect(lines).toContain('http://127.0.0.1:4001/   the function Chat-Handler, by HTTP')
  })

  it('counts the queues of a stack that has some', () => {
    const queue = { Type: 'AWS::SQS::Queue' }
    const lines = bannerOf({}, { Queue: queue, Dead: queue })
    expect(lines).toContain(
      'Chat runs on this machine: 1 function, 0 tables, 2 queues, ready in 1.2 s.',
    )
  })

  it('shows tokens and the lines that use them, each good in every shell', () => {
    const lines = bannerOf({}, {}, [
      { subject: 'alice', token: 'a.b.c' },
      { subject: 'bob', token: 'd.e.f' },
    ])
    expect(lines).toContain('Whoever connects needs a token. These are good for 1 hour:')
    expect(lines).toContain('alice   a.b.c')
    expect(lines).toContain('bob     d.e.f')
    const connect = 'npx wscat -c ws://localhost:3001/prod'
    expect(lines.filter((text) => text.startsWith(connect))).toEqual([
      `${connect} -H "Authorization: Bearer a.b.c"`,
      `${connect} -H "Authorization: Bearer d.e.f"`,
    ])
  })

  it('names the routes of a template that suggests nothing', () => {
    expect(bannerOf({})).toContain('$default   a route')
  })
})

describe('the help for who acts as the developer', () => {
  it.each([
    ['AWS_IAM', true],
    ['NONE', false],
  ])('has a line for a signed request to a URL of a function: %s', (AuthType, isThere) => {
    const Url = { ...URL_RESOURCE, Properties: { ...URL_RESOURCE.Properties, AuthType } }
    const help = credentialsHelp(localOf({}, { Url }))
    const line =
      /curl --aws-sigv4 "aws:amz:us-east-1:lambda" --user "\S+" -H "X-Amz-Security-Token: \S+" http:\/\/127.0.0.1:4001\//
    expect(line.test(help)).toBe(isThere)
  })
})

/** The lines of the banner for the least app, without their margins. */
function bannerOf(
  sections: Parameters<typeof assemblyOf>[1],
  resources: Parameters<typeof assemblyOf>[0] = {},
  passes?: readonly Pass[],
  consoleUrl?: string,
): string[] {
  return plain(banner(localOf(sections, resources, consoleUrl), 1_234, passes))
    .split('\n')
    .map((text) => text.trim())
}

function localOf(
  sections: Parameters<typeof assemblyOf>[1],
  resources: Parameters<typeof assemblyOf>[0] = {},
  consoleUrl?: string,
): Local {
  return {
    url: 'ws://localhost:3001/prod',
    consoleUrl,
    callbackUrl: 'http://localhost:3001/prod',
    dynamodbUrl: 'http://localhost:3002',
    queuesUrl: 'http://localhost:3003',
    functionUrls: new Map('Url' in resources ? [['Chat-Handler', 'http://127.0.0.1:4001/']] : []),
    outputs: {},
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' },
    app: readApp(assemblyOf({ ...CHAT, ...resources }, sections)),
    clock: new Clock(),
    faults: new Faults(new Trace()),
    trace: new Trace(),
    storedItems: () => Promise.resolve([]),
    queuedMessages: () => [],
    close: () => Promise.resolve(),
  }
}

/** Without colours, which there are when the tests run on a terminal. */
function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- colours begin with one
  return text.replace(/\u001b\[\d+m/g, '')
}

function split(line: string): [string, string] {
  const end = line.indexOf('  ')
  return [line.slice(0, end), line.slice(end + 2)]
}
