import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, CfnParameter, Stack } from 'aws-cdk-lib'
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { authorizerEnvironment } from '../../lib/authorizer-settings.ts'
import { readContext, Switchboard, type SwitchboardProps } from '../../lib/index.ts'
import {
  list,
  only,
  readTemplate,
  record,
  render,
  resourcesOf,
  routesOf,
} from '../support/template.ts'

const directory = mkdtempSync(join(tmpdir(), 'switchboard-authorizer-'))
afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
})

const ISSUER = 'https://issuer.example'
const JWT = { issuer: ISSUER, audience: 'chat' }

describe('the closed stack', () => {
  const template = readTemplate(inject('closedAssembly'))
  const authorizer = only(template, 'AWS::ApiGatewayV2::Authorizer')
  const api = only(template, 'AWS::ApiGatewayV2::Api')
  const handler = resourcesOf(template, 'AWS::Lambda::Function').find(({ id }) =>
    id.startsWith('RealtimeAuthorizer'),
  )

  it('asks its own function about each handshake, wherever the token is', () => {
    expect(authorizer.properties).toEqual({
      ApiId: `\${${api.id}}`,
      AuthorizerType: 'REQUEST',
      AuthorizerUri: `arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${${handler?.id}.Arn}/invocations`,
      Name: 'authorize',
    })
  })

  it('asks on $connect, and on no other route', () => {
    for (const [routeKey, { properties }] of routesOf(template)) {
      const isConnect = routeKey === '$connect'
      expect(properties['AuthorizationType']).toBe(isConnect ? 'CUSTOM' : 'NONE')
      expect(properties['AuthorizerId']).toBe(isConnect ? `\${${authorizer.id}}` : undefined)
    }
  })

  it('lets this authorizer alone invoke the function', () => {
    const permissions = resourcesOf(template, 'AWS::Lambda::Permission')
      .map(({ properties }) => properties)
      .filter(({ FunctionName }) => FunctionName === `\${${handler?.id}.Arn}`)
    expect(permissions).toEqual([
      {
        Action: 'lambda:InvokeFunction',
        FunctionName: `\${${handler?.id}.Arn}`,
        Principal: 'apigateway.amazonaws.com',
        SourceArn: `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${${api.id}}/authorizers/\${${authorizer.id}.AuthorizerId}`,
      },
    ])
  })

  it('lets the function write its log, and nothing more', () => {
    const roleId = String(handler?.properties['Role']).slice(2, -'.Arn}'.length)
    const statements = resourcesOf(template, 'AWS::IAM::Policy')
      .filter(({ properties }) => list(properties['Roles']).includes(`\${${roleId}}`))
      .flatMap(({ properties }) => list(record(properties['PolicyDocument'])['Statement']))
    const logGroup = String(record(handler?.properties['LoggingConfig'])['LogGroup']).slice(2, -1)
    expect(statements).toEqual([
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: `\${${logGroup}.Arn}`,
      },
    ])
  })

  it('tells the function what it asks for', () => {
    expect(handler?.properties).toMatchObject({ Timeout: 10, Runtime: 'nodejs24.x' })
    expect(record(handler?.properties['Environment'])['Variables']).toEqual({
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: 'switchboard',
      QUERY_TOKEN: 'false',
      ALLOWED_ORIGINS: 'https://app.example',
      ALLOW_MISSING_ORIGIN: 'true',
      ROOMS_CLAIM: 'rooms',
    })
  })
})

describe('the properties', () => {
  it.each<[SwitchboardProps, Record<string, string>]>([
    [
      { authorizer: { issuer: ISSUER, audience: ['a', 'b'], queryToken: true } },
      { JWT_ISSUER: ISSUER, JWT_AUDIENCE: 'a,b', QUERY_TOKEN: 'true' },
    ],
    [
      {
        authorizer: null,
        allowedOrigins: ['https://a.example:8443', 'http://localhost:5173', 'null'],
        allowMissingOrigin: false,
      },
      {
        ALLOWED_ORIGINS: 'https://a.example:8443,http://localhost:5173,null',
        ALLOW_MISSING_ORIGIN: 'false',
      },
    ],
  ])('are what the function is told: %j', (props, variables) => {
    const template = Template.fromStack(stackWith(props))
    const told = resourcesOf(template, 'AWS::Lambda::Function')
      .filter(({ id }) => id.includes('Authorizer'))
      .map(({ properties }) => record(properties['Environment'])['Variables'])
    expect(told).toEqual([variables])
  })

  it('may be known at the deployment only, as a user pool’s are', () => {
    const stack = new Stack(app(), 'Somebody')
    const parameter = (id: string): string => new CfnParameter(stack, id).valueAsString
    new Switchboard(stack, 'Realtime', {
      authorizer: { issuer: parameter('Pool'), audience: [parameter('Client')] },
      allowedOrigins: [`https://${parameter('Page')}`],
    })
    const variables = resourcesOf(Template.fromStack(stack), 'AWS::Lambda::Function')
      .filter(({ id }) => id.includes('Authorizer'))
      .map(({ properties }) => record(properties['Environment'])['Variables'])
    expect(render(variables)).toMatchObject([
      { JWT_ISSUER: '${Pool}', JWT_AUDIENCE: '${Client}', ALLOWED_ORIGINS: 'https://${Page}' },
    ])
  })

  it('are looked at before anything is made of them', () => {
    expect(() => stackWith({ authorizer: { ...JWT, issuer: 'x' } })).toThrow('authorizer.issuer')
    expect(() => stackWith({ authorizer: null, allowedOrigins: ['x'] })).toThrow('allowedOrigins')
  })

  it('make no authorizer when anybody may connect', () => {
    const template = Template.fromStack(stackWith({ authorizer: null }))
    template.resourceCountIs('AWS::ApiGatewayV2::Authorizer', 0)
    template.resourceCountIs('AWS::Lambda::Function', 6)
  })

  it.each([
    'http://issuer.example',
    'issuer.example',
    'https://',
    'https://issuer.example?tenant=a',
    'https://user@issuer.example',
    ' https://issuer.example',
    'HTTPS://issuer.example',
  ])('refuse an issuer that is no https URL: %s', (issuer) => {
    expect(() => authorizerEnvironment({ authorizer: { ...JWT, issuer } })).toThrow(
      `authorizer.issuer: expected a URL such as https://tenant.auth0.com/, got "${issuer}"`,
    )
  })

  it.each(['', 'a,b', 'a b', ' a'])('refuse the audience %j', (text) => {
    for (const audience of [text, ['chat', text]]) {
      expect(() => authorizerEnvironment({ authorizer: { ...JWT, audience } })).toThrow(
        'authorizer.audience: expected texts without commas and spaces, got ["',
      )
    }
    expect(() => authorizerEnvironment({ authorizer: { ...JWT, audience: [] } })).toThrow('got []')
  })

  it.each([
    ['https://app.example/', 'expected https://app.example, got "https://app.example/"'],
    ['https://app.example/chat', 'expected https://app.example, got'],
    ['https://App.example', 'expected https://app.example, got'],
    ['https://app.example:443', 'expected https://app.example, got'],
    ['https://bücher.example', 'expected https://xn--bcher-kva.example, got'],
    ['app.example', 'expected an origin such as https://app.example.com, got "app.example"'],
    ['https://*.app.example', 'expected an origin such as'],
    ['*', 'expected an origin such as'],
    ['', 'expected an origin such as'],
    ['https://a.example,https://b.example', 'expected an origin such as'],
  ])('refuse the origin %s, which no browser sends', (origin, message) => {
    expect(() =>
      authorizerEnvironment({ authorizer: null, allowedOrigins: ['https://good.example', origin] }),
    ).toThrow(`allowedOrigins: ${message}`)
  })

  it.each([
    'https://app.example',
    'http://localhost:5173',
    'http://[::1]:3000',
    'null',
    'capacitor://localhost',
  ])('take the origin %s', (origin) => {
    expect(() =>
      authorizerEnvironment({ authorizer: null, allowedOrigins: [origin] }),
    ).not.toThrow()
  })

  it('refuse a list of no origins, and a word about missing ones without a list', () => {
    expect(() => authorizerEnvironment({ authorizer: null, allowedOrigins: [] })).toThrow(
      'expected one at least',
    )
    expect(() => authorizerEnvironment({ authorizer: null, allowMissingOrigin: false })).toThrow(
      'says nothing without allowedOrigins',
    )
  })
})

describe('the warning', () => {
  const warnings = (stack: Stack): unknown[] =>
    Annotations.fromStack(stack).findWarning('*', Match.anyValue())

  it('is there as long as anybody may connect, also from listed pages alone', () => {
    expect(warnings(stackWith({ authorizer: null }))).toHaveLength(1)
    const listed = { authorizer: null, allowedOrigins: ['https://app.example'] }
    expect(warnings(stackWith(listed))).toHaveLength(1)
    expect(warnings(stackWith({ authorizer: JWT }))).toEqual([])
  })

  it('can be acknowledged', async () => {
    const { Annotations: annotations } = await import('aws-cdk-lib')
    const stack = new Stack(app(), 'Somebody')
    annotations.of(stack).acknowledgeWarning('switchboard:open', 'it is a demo')
    new Switchboard(stack, 'Realtime', { authorizer: null })
    expect(warnings(stack)).toEqual([])
  })
})

describe('the context', () => {
  const read = (context: Record<string, unknown>) => readContext(new App({ context }).node)

  it.each([
    [{}, { authorizer: null }],
    [
      { jwtIssuer: ISSUER, jwtAudience: 'a, b' },
      { authorizer: { issuer: ISSUER, audience: ['a', 'b'] } },
    ],
    [
      { jwtIssuer: ISSUER, jwtAudience: ['a'] },
      { authorizer: { issuer: ISSUER, audience: ['a'] } },
    ],
    [
      { allowedOrigins: 'https://a.example,https://b.example' },
      { authorizer: null, allowedOrigins: ['https://a.example', 'https://b.example'] },
    ],
    [
      { allowedOrigins: ['https://a.example'] },
      { authorizer: null, allowedOrigins: ['https://a.example'] },
    ],
    [
      { jwtIssuer: ISSUER, jwtAudience: 'a', roomsClaim: 'https://example.com/rooms' },
      {
        authorizer: { issuer: ISSUER, audience: ['a'], roomsClaim: 'https://example.com/rooms' },
      },
    ],
    [{ publishUrl: 'true' }, { authorizer: null, publishUrl: true }],
    [{ publishUrl: true }, { authorizer: null, publishUrl: true }],
    [{ publishUrl: 'false' }, { authorizer: null }],
  ])('%j says who may do what', (context, settings) => {
    expect(read(context)).toEqual(settings)
  })

  it('needs both, an issuer and an audience, or neither', () => {
    expect(() => read({ jwtIssuer: ISSUER })).toThrow('jwtIssuer without jwtAudience')
    expect(() => read({ jwtAudience: 'a' })).toThrow('jwtAudience without jwtIssuer')
  })

  it('has no claim of rooms where there are no tokens', () => {
    expect(() => read({ roomsClaim: 'rooms' })).toThrow('roomsClaim without jwtIssuer')
  })

  it('has one issuer: with two, no token would be good', () => {
    const jwtIssuer = `${ISSUER},https://b.example`
    expect(() => read({ jwtIssuer, jwtAudience: 'a' })).toThrow('jwtIssuer: expected one issuer')
  })

  it.each([{ jwtIssuer: 1, jwtAudience: 'a' }, { allowedOrigins: [1] }, { allowedOrigins: true }])(
    'is text: %j is not',
    (context) => {
      expect(() => read(context)).toThrow(/: expected text, got /)
    },
  )

  it('that is empty closes nothing, and is refused', () => {
    expect(() => authorizerEnvironment(read({ jwtIssuer: '', jwtAudience: '' }))).toThrow(
      'authorizer.issuer',
    )
    expect(() => authorizerEnvironment(read({ allowedOrigins: '' }))).toThrow('allowedOrigins')
  })
})

function stackWith(props: SwitchboardProps): Stack {
  const stack = new Stack(app(), 'Somebody')
  new Switchboard(stack, 'Realtime', props)
  return stack
}

function app(): App {
  return new App({
    context: { 'aws:cdk:bundling-stacks': [] },
    outdir: mkdtempSync(join(directory, 'assembly-')),
  })
}
