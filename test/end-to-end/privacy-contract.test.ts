import * as v from 'valibot'
import { describe, expect, inject, it } from 'vitest'
import { refusedHandshake, TestClient } from '../support/client.ts'
import { startClosedStack } from '../support/closed-stack.ts'
import {
  editBundle,
  editedAssembly,
  resourcesOfType,
  setVariable,
  type Template,
} from '../support/edited-assembly.ts'
import { eventually } from '../support/eventually.ts'
import { logViolation } from '../support/privacy-watch.ts'
import { startStack } from '../support/stack.ts'

const accessLogSettings = v.looseObject({ Format: v.string() })

const ADDRESS = '203.0.113.77'

/** What closing says of a stack whose function has other code, once a client was there. */
async function closing(functionId: RegExp, change: (code: string) => string): Promise<string> {
  const assembly = editedAssembly(inject('assembly'), queueAll)
  editBundle(assembly, functionId, change)
  return closingAfterUse(assembly)
}

/** The code of a function that logs what it is called with. */
function logTheEvent(code: string): string {
  return code.replace(
    /export\{([\w$]+) as handler\}/,
    'const planted=(event,context)=>{console.log(event);return $1(event,context)};export{planted as handler}',
  )
}

/** Lets everything that is sent go behind the queue. */
function queueAll(template: Template): void {
  setVariable(template, 'INLINE_LIMIT', 0)
}

/** The same of an assembly, once each of its functions has run. */
async function closingAfterUse(assembly: string): Promise<string> {
  const stack = await startStack({ assembly })
  const client = await TestClient.connect(stack.url)
  await client.request({ action: 'sendmessage', data: 'hello' })
  await client.request('BROADCAST:hello')
  await client.request({ action: 'join', room: 'lobby', announce: true })
  await client.request({ action: 'sendmessage', to: { room: 'lobby' }, data: 'hello' })
  await eventually(() => stack.trace.ofKind('invocation').length >= 6)
  await client.close()
  const hasRun = (): number =>
    new Set(stack.trace.ofKind('invocation').map(({ functionName }) => functionName)).size
  await eventually(() => hasRun() === stack.app.functions.length)
  return stack.close().then(
    () => 'nothing',
    (error: unknown) => (error instanceof Error ? error.message : 'no error'),
  )
}

describe('the privacy contract of a running stack', () => {
  it('is held by the stack as it is', async () => {
    expect(await closingAfterUse(editedAssembly(inject('assembly'), queueAll))).toBe('nothing')
  })

  it.each(['Connect', 'Disconnect', 'SendMessage', 'Rooms', 'Default', 'Deliver'])(
    'is broken by the function %s when it logs its event',
    async (name) => {
      const broken = await closing(new RegExp(`(Realtime|Delivery)${name}Function`), logTheEvent)
      const place = new RegExp(
        `^the privacy contract is broken:[^]*\\nlog of \\S+${name}Function\\w+: `,
      )
      expect(broken).toMatch(place)
      expect(broken.length).toBeLessThan(4_000)
    },
  )

  it('is broken by the function Authorize when it logs its event', async () => {
    const assembly = editedAssembly(inject('closedAssembly'), () => {})
    editBundle(assembly, /AuthorizeFunction/, logTheEvent)
    const stack = await startClosedStack(assembly)
    expect((await refusedHandshake(stack.local.url)).status).toBe(401)
    await expect(stack.close()).rejects.toThrow(
      /contract is broken:\nlog of \S+AuthorizeFunction\w+: /,
    )
  })

  it('is broken by an access log that has $context.identity.sourceIp', async () => {
    const assembly = editedAssembly(inject('assembly'), (template) => {
      queueAll(template)
      for (const [, { Properties }] of resourcesOfType(template, 'AWS::ApiGatewayV2::Stage')) {
        const settings = v.parse(accessLogSettings, Properties['AccessLogSettings'])
        const Format = settings.Format.replace('{', '{"ip":"$context.identity.sourceIp",')
        Properties['AccessLogSettings'] = { ...settings, Format }
      }
    })
    const broken = await closingAfterUse(assembly)
    expect(broken).toMatch(
      /\nlog of \S*AccessLog\S*: ip: .*, received "ip", in \{"ip":"127\.0\.0\.1"/,
    )
  })

  it('is broken by a function that stores one attribute more, also when it is soon gone', async () => {
    const broken = await closing(/ConnectFunction/, (code) =>
      code.replaceAll('expiresAt:{N:', `ip:{S:"${ADDRESS}"},expiresAt:{N:`),
    )
    expect(broken).toMatch(/\ntable \S+Connections\w+: ip: .*, received "ip"/)
  })

  it('is broken by a room that is stored by its name', async () => {
    const broken = await closing(/RoomsFunction/, (code) =>
      code.replace('.digest("base64url")', '.digest("base64url")&&"lobby"'),
    )
    expect(broken).toMatch(/\ntable \S+Memberships\w+: group.S: .*, received "lobby"/)
  })

  it('is broken by a job with one field more, however it ends', async () => {
    const broken = await closing(/SendMessage/, (code) =>
      code.replace(/(audience:[\w$]+),except/, `$1,ip:"${ADDRESS}",except`),
    )
    expect(broken).toMatch(/\nqueue \S+DeliveryQueue\w+: body\.ip: .*, received "ip"/)
    expect(broken).toMatch(/\nqueue \S+DeadLetterQueue\w+: body\.ip: /)
  })
})

const CHAT = { functionName: 'Chat-Send', logGroupName: 'Chat-Logs' }
const REQUEST_ID = '5b1d8d5e-0f0b-4bd5-9f0e-6b8f5a3c7d21'
const TIME = '2026-01-31T12:00:00.000Z'

const FAILED = {
  event: 'post_failed',
  count: 2,
  error: 'LimitExceededException',
  status: 429,
  requestId: 'EL8U8rOQKt1Rvtk=',
  message: 'The conditional request failed',
}
const AT = 'at post (file:///var/task/index.mjs:1:2)'
const MEASURED = {
  _aws: {
    Timestamp: 1_770_000_000_000,
    CloudWatchMetrics: [
      {
        Namespace: 'Switchboard',
        Dimensions: [['FunctionName']],
        Metrics: [{ Name: 'Sent', Unit: 'Count' }],
      },
    ],
  },
  FunctionName: 'Chat-Send',
  Sent: 3,
}
const HANDSHAKE = {
  requestId: 'EL8U8rOQKt1Rvtk=',
  connectionId: '89WSO0CImHbVagY=',
  routeKey: '$connect',
  eventType: 'CONNECT',
  status: '200',
}

const asText = (message: unknown) => `${TIME}\t${REQUEST_ID}\tERROR\t${JSON.stringify(message)}`
const asJson = (message: unknown) =>
  JSON.stringify({ timestamp: TIME, level: 'ERROR', requestId: REQUEST_ID, message })
const thrown = (intro: string, stack: string) =>
  `${TIME}\t${REQUEST_ID}\tERROR\t${intro} ${JSON.stringify({
    errorType: 'GoneException',
    errorMessage: 'connect_failed',
    stack,
  })}`
const platform = (record: object, type = 'platform.start') =>
  JSON.stringify({ time: TIME, type, record })

describe('a line that may be in a log', () => {
  it.each([
    ['function', asText(FAILED)],
    ['function', asText({ event: 'bad_job', error: 'SyntaxError', at: [AT] })],
    ['function', asText({ event: 'message_failed', error: 'string' })],
    ['function', asJson(FAILED)],
    ['function', asJson(JSON.stringify(FAILED))],
    ['function', thrown('Invoke Error', `GoneException: connect_failed\n    ${AT}`)],
    ['function', `    ${AT}`],
    ['function', JSON.stringify(MEASURED)],
    ['platform', `START RequestId: ${REQUEST_ID} Version: $LATEST`],
    ['platform', `REPORT RequestId: ${REQUEST_ID}\tDuration: 1.20 ms\tMemory Size: 512 MB`],
    ['platform', `${TIME} ${REQUEST_ID} Task timed out after 29.00 seconds`],
    ['platform', platform({ requestId: REQUEST_ID, version: '$LATEST' })],
    ['platform', platform({ metrics: { durationMs: 1.2, memorySizeMB: 512 } }, 'platform.report')],
    ['access', JSON.stringify(HANDSHAKE)],
    ['access', JSON.stringify({ ...HANDSHAKE, routeKey: '-' })],
  ])('is held to be right: %s %s', (source, line) => {
    expect(logViolation({ ...CHAT, source, line })).toBeUndefined()
  })
})

describe('a line that may not be in a log', () => {
  it.each([
    ['function', 'hello'],
    ['function', `${TIME}\t${REQUEST_ID}\tINFO\thello`],
    ['function', asText({ ...FAILED, ip: ADDRESS })],
    ['function', asText({ ...FAILED, event: 'connected' })],
    ['function', asText({ ...FAILED, message: `no room for ${ADDRESS}` })],
    ['function', asText({ ...FAILED, status: 'nobody' })],
    ['function', asText({ event: 'bad_job', error: 'SyntaxError', at: ['at hello world'] })],
    ['function', asText({ event: 'message_failed', error: 'hello' })],
    ['function', asJson({ ...FAILED, ip: ADDRESS })],
    ['function', asJson('hello')],
    ['function', JSON.stringify({ ...JSON.parse(asJson(FAILED)), ip: ADDRESS })],
    ['function', thrown('Invoke Error', `GoneException: hello\n    ${AT}`)],
    ['function', thrown('Invoke Error', 'GoneException: connect_failed\n    at hello world')],
    ['function', thrown('Hello', `GoneException: connect_failed\n    ${AT}`)],
    ['function', JSON.stringify({ ...MEASURED, ip: ADDRESS })],
    ['function', JSON.stringify({ ...MEASURED, FunctionName: 'alice' })],
    ['function', JSON.stringify(MEASURED).replaceAll('Sent', 'Alice')],
    ['function', JSON.stringify(MEASURED).replace('"Count"', '"Seconds"')],
    ['function', JSON.stringify(MEASURED).replace('["FunctionName"]', '["FunctionName","ip"]')],
    ['platform', `START RequestId: ${REQUEST_ID} Version: $LATEST ${ADDRESS}`],
    ['platform', platform({ requestId: REQUEST_ID, ip: ADDRESS })],
    ['platform', platform({ requestId: REQUEST_ID }, 'platform.logsDropped')],
    ['access', JSON.stringify({ ...HANDSHAKE, ip: ADDRESS })],
    ['access', JSON.stringify({ ...HANDSHAKE, requestId: ADDRESS })],
    ['access', `${ADDRESS} - - [31/Jan/2026] "GET /prod" 101`],
  ])('is named: %s %s', (source, line) => {
    expect(logViolation({ ...CHAT, source, line })).toMatch(/^log of Chat-Send: /)
  })
})
