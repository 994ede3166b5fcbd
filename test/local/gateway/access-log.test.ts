import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startLocal, type Local } from '../../../local/index.ts'
import { render, type Access } from '../../../local/gateway/access-log.ts'
import { FORBIDDEN } from '../../../local/gateway/gateway-error.ts'
import { refusedHandshake, TestClient } from '../../support/client.ts'
import { editedAssembly, resourcesOfType, type Template } from '../../support/edited-assembly.ts'
import { eventually } from '../../support/eventually.ts'
import { record } from '../../support/template.ts'

const ACCESS: Access = {
  requestContext: {
    requestId: 'an-id',
    extendedRequestId: 'an-id',
    routeKey: 'join',
    eventType: 'MESSAGE',
    identity: { sourceIp: '192.0.2.7' },
    authorizer: { principalId: 'alice', latency: 'a property', 'not-a-word': 'x' },
    secret: 'not documented',
  },
  status: 502,
  authorizer: { status: 200, lambdaStatus: 200, latencyMs: 3 },
  integration: { lambdaStatus: 200, latencyMs: 12, error: 'Internal server error' },
}

describe('a line of the access log', () => {
  it.each<[string, string]>([
    ['$context.routeKey by $context.authorizer.principalId', 'join by alice'],
    ['"$context.requestId","$context.status"', '"an-id","502"'],
    ['$context.routeKey.', 'join.'],
    ['$context.routeKey-$context.status', 'join-502'],
    ['$context.integrationLatency $context.integration.latency', '12 12'],
    ['$context.integrationStatus $context.integration.integrationStatus', '- 200'],
    ['$context.integration.error', 'Internal server error'],
    ['$context.authorizer.latency $context.authorizer.status', '3 200'],
    ['$context.identity.sourceIp', '192.0.2.7'],
    ['text, $ and $stageVariables.x', 'text, $ and $stageVariables.x'],
  ])('has the values of %s', (format, line) => {
    expect(render(format, ACCESS)).toBe(line)
  })

  it.each([
    ['has no value here', '$context.messageId'],
    ['is empty for this client', '$context.identity.userAgent'],
    ['is not known', '$context.somethingElse'],
    ['is not one that API Gateway documents', '$context.secret'],
    ['is an object', '$context.identity'],
    ['is a property that the authorizer has not set', '$context.authorizer.constructor'],
  ])('has a dash for what %s', (_, format) => {
    expect(render(format, ACCESS)).toBe('-')
  })

  it('says what the gateway has said by itself', () => {
    const format = '$context.error.message $context.error.messageString $context.error.responseType'
    expect(render(format, { ...ACCESS, error: FORBIDDEN })).toBe(
      'Forbidden "Forbidden" DEFAULT_4XX',
    )
    expect(render(format, ACCESS)).toBe('- - -')
  })
})

const VARIABLES = [
  'requestId',
  'connectionId',
  'eventType',
  'routeKey',
  'status',
  'integrationStatus',
  'integrationLatency',
  'authorizer.principalId',
  'authorizer.status',
  'authorizer.shoe',
  'error.message',
  'identity.sourceIp',
  'identity.userAgent',
  'messageId',
]

describe('the gateway', () => {
  let local: Local
  beforeAll(async () => {
    local = await startLocal({ assembly: editedAssembly(inject('fixtureAssembly'), logAccess) })
  })
  afterAll(() => local.close())

  it('writes a line for the handshake, each message and the disconnect', async () => {
    const url = `${local.url}?context=${encodeURIComponent('{"shoe":42}')}`
    const client = await TestClient.connect(url, { headers: { 'User-Agent': 'a-client/1' } })
    const connectionId = await client.connectionId()
    const event = await client.request({ action: 'echo' })
    await client.request({ action: 'echo', fail: true })
    await client.close()
    const lines = await linesOf(local, connectionId, 5)
    const authorized = {
      connectionId,
      'authorizer.principalId': 'someone',
      'authorizer.shoe': '42',
      'identity.sourceIp': '127.0.0.1',
      'identity.userAgent': 'a-client/1',
    }
    const succeeded = { status: '200', integrationStatus: '200', 'error.message': '-' }
    expect(lines).toMatchObject([
      { ...authorized, ...succeeded, eventType: 'CONNECT', routeKey: '$connect', messageId: '-' },
      // A MOCK integration: nothing is called.
      { ...authorized, ...succeeded, routeKey: 'ping', integrationLatency: '-' },
      { ...authorized, ...succeeded, eventType: 'MESSAGE', routeKey: 'echo' },
      { ...authorized, status: '502', integrationStatus: '-' },
      { ...authorized, eventType: 'DISCONNECT', routeKey: '$disconnect' },
    ])
    expect(lines.map((line) => line['authorizer.status'])).toEqual(['200', '-', '-', '-', '-'])
    expect(lines[2]?.['integrationLatency']).toMatch(/^\d+$/)
    // As the function saw it.
    const { requestId, messageId } = record(event['requestContext'])
    expect(lines[2]).toMatchObject({ requestId, messageId })
  })

  it.each([
    ['by the function', 'status=418', { status: '418', integrationStatus: '418' }],
    ['for what it throws', 'fail=1', { status: '502', 'error.message': 'Internal server error' }],
    ['by the authorizer', 'effect=Deny', { status: '403', 'authorizer.status': '403' }],
    ['by its error', 'throws=Unauthorized', { status: '401', integrationStatus: '-' }],
  ])('writes a line for a handshake that is refused %s', async (_, query, expected) => {
    const { status } = await refusedHandshake(`${local.url}?${query}`)
    expect(String(status)).toBe(expected.status)
    const { connectionId = '' } = local.trace.ofKind('handshake').at(-1) ?? {}
    const lines = await linesOf(local, connectionId, 1)
    expect(lines).toMatchObject([{ ...expected, eventType: 'CONNECT', connectionId }])
  })

  it('writes none for a path that is no stage’s', async () => {
    const before = accessLines(local).length
    expect(await refusedHandshake(`${local.url}x`)).toMatchObject({ status: 403 })
    expect(accessLines(local)).toHaveLength(before)
  })
})

/** An access log with all variables, and an authorizer for `$connect`. */
function logAccess(template: Template): void {
  const [[authorizerId] = ['']] = resourcesOfType(template, 'AWS::ApiGatewayV2::Authorizer')
  for (const [, { Properties }] of resourcesOfType(template, 'AWS::ApiGatewayV2::Route')) {
    if (Properties['RouteKey'] !== '$connect') continue
    Object.assign(Properties, { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: authorizerId } })
  }
  template.Resources['AccessLog'] = { Type: 'AWS::Logs::LogGroup', Properties: {} }
  for (const [, { Properties }] of resourcesOfType(template, 'AWS::ApiGatewayV2::Stage')) {
    Properties['AccessLogSettings'] = {
      DestinationArn: { 'Fn::GetAtt': ['AccessLog', 'Arn'] },
      Format: JSON.stringify(
        Object.fromEntries(VARIABLES.map((name) => [name, `$context.${name}`])),
      ),
    }
  }
}

function accessLines({ trace }: Local) {
  return trace
    .ofKind('log')
    .filter(({ source, logGroupName }) => source === 'access' && logGroupName.includes('AccessLog'))
    .map(({ line }) => record(JSON.parse(line)))
}

/** A connection's lines, when there are so many. */
function linesOf(local: Local, connectionId: string, count: number) {
  return eventually(() => {
    const lines = accessLines(local).filter((line) => line['connectionId'] === connectionId)
    return lines.length >= count && lines
  })
}
