import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import {
  deliveryOf,
  functionRolesOf,
  list,
  only,
  readJson,
  readTemplate,
  record,
  render,
  resourcesOf,
  routesOf,
  tableOf,
  type TemplateResource,
} from '../support/template.ts'

const assembly = inject('assembly')
const template = readTemplate(assembly)
const routes = routesOf(template)
const api = only(template, 'AWS::ApiGatewayV2::Api')
const table = tableOf(template, 'Connections')
const memberships = tableOf(template, 'Memberships')
const groupKey = only(template, 'AWS::SecretsManager::Secret')
const { queue, deadLetterQueue, workerId } = deliveryOf(template)
const functions = resourcesOf(template, 'AWS::Lambda::Function')

describe('the API', () => {
  it('selects routes by the action', () => {
    expect(api.properties).toMatchObject({
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
    })
  })

  it('has one stage, prod, that deploys itself', () => {
    expect(only(template, 'AWS::ApiGatewayV2::Stage').properties).toMatchObject({
      ApiId: `\${${api.id}}`,
      StageName: 'prod',
      AutoDeploy: true,
    })
  })

  it('has eight routes, open to anyone', () => {
    expect([...routes.keys()].toSorted()).toEqual(
      [
        '$connect',
        '$disconnect',
        'sendmessage',
        'join',
        'leave',
        'members',
        '$default',
        'ping',
      ].toSorted(),
    )
    for (const { properties } of routes.values()) {
      expect(properties).toMatchObject({ ApiId: `\${${api.id}}`, AuthorizationType: 'NONE' })
    }
  })
})

describe('a route', () => {
  // What the code of one handler holds: those of messages have the same code.
  const SUBPROTOCOL = 'Sec-WebSocket-Protocol'
  const TEXT_FORM = 'BROADCAST:'
  const ROOMS = 'leave one first'

  it.each([
    { routeKey: '$connect', id: /^RealtimeConnectFunction/, holds: [SUBPROTOCOL] },
    { routeKey: '$disconnect', id: /^RealtimeDisconnectFunction/, holds: [] },
    { routeKey: 'sendmessage', id: /^RealtimeSendMessageFunction/, holds: [TEXT_FORM] },
    { routeKey: 'join', id: /^RealtimeRoomsFunction/, holds: [TEXT_FORM, ROOMS] },
    { routeKey: 'leave', id: /^RealtimeRoomsFunction/, holds: [TEXT_FORM, ROOMS] },
    { routeKey: 'members', id: /^RealtimeRoomsFunction/, holds: [TEXT_FORM, ROOMS] },
    { routeKey: '$default', id: /^RealtimeDefaultFunction/, holds: [TEXT_FORM] },
  ])('$routeKey is served by its function, which holds its code', (row) => {
    const served = routes.get(row.routeKey)
    expect(served?.integration.properties).toMatchObject({ IntegrationType: 'AWS_PROXY' })
    expect(served?.functionId).toMatch(row.id)
    const code = bundleOf(functions.find(({ id }) => id === served?.functionId))
    expect(code).toContain('connectionId')
    expect([SUBPROTOCOL, TEXT_FORM, ROOMS].filter((text) => code.includes(text))).toEqual(row.holds)
  })

  it('shares its function with no other, but for those of rooms', () => {
    const ids = [...new Set([...routes.values()].flatMap(({ functionId }) => functionId ?? []))]
    expect(ids).toHaveLength(5)
    // The other one serves the queue.
    expect(functions.map(({ id }) => id).toSorted()).toEqual([...ids, workerId].toSorted())
  })

  it('is two-way exactly when it replies', () => {
    const responses = resourcesOf(template, 'AWS::ApiGatewayV2::RouteResponse')
    const answered = [...routes.values()].map(({ routeKey, id, properties }) => ({
      routeKey,
      selection: properties['RouteResponseSelectionExpression'],
      responses: responses
        .filter((response) => response.properties['RouteId'] === `\${${id}}`)
        .map((response) => response.properties['RouteResponseKey']),
    }))
    expect(answered).toEqual([
      { routeKey: '$connect', selection: undefined, responses: [] },
      { routeKey: '$disconnect', selection: undefined, responses: [] },
      ...['sendmessage', 'join', 'leave', 'members', '$default', 'ping'].map((routeKey) => ({
        routeKey,
        selection: '$default',
        responses: ['$default'],
      })),
    ])
    expect(responses).toHaveLength(6)
  })

  it('ping is answered by API Gateway itself', () => {
    const { integration, functionId } = routes.get('ping') ?? {}
    expect(functionId).toBeUndefined()
    expect(integration?.properties).toEqual({
      ApiId: `\${${api.id}}`,
      IntegrationType: 'MOCK',
      PassthroughBehavior: 'WHEN_NO_MATCH',
      TemplateSelectionExpression: '200',
      RequestTemplates: { '200': '{"statusCode":200}' },
    })
    expect(only(template, 'AWS::ApiGatewayV2::IntegrationResponse').properties).toEqual({
      ApiId: `\${${api.id}}`,
      IntegrationId: `\${${integration?.id}}`,
      IntegrationResponseKey: '/200/',
      TemplateSelectionExpression: '200',
      ResponseTemplates: { '200': '{"type":"pong","connectionId":"$context.connectionId"}' },
    })
  })
})

describe('a function', () => {
  it.each(functions)('runs on Node 24 and arm64: $id', ({ properties }) => {
    expect(properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: 512,
    })
  })

  it.each(functions)('takes Node’s own modules as they are, without an import: $id', (resource) => {
    // Each that is imported needs its file in lambdas/builtins/.
    expect(bundleOf(resource)).toContain('process.getBuiltinModule("node:crypto")')
    expect(bundleOf(resource)).not.toMatch(/from\s*"(node:|fs|http|crypto|stream|os|path)/)
  })

  it.each(functions)('brings along no cache of endpoints, which nobody uses: $id', (resource) => {
    // The text of an error in that cache.
    expect(bundleOf(resource)).not.toContain('mnemonist')
  })

  it('has a role of its own', () => {
    const roles = functionRolesOf(template).map(({ id }) => `\${${id}.Arn}`)
    const taken = functions.map(({ properties }) => String(properties['Role']))
    expect(taken.toSorted()).toEqual(roles.toSorted())
    expect(roles).toHaveLength(6)
  })

  it('has a log group of its own, which keeps a month and goes with the stack', () => {
    const groups = resourcesOf(template, 'AWS::Logs::LogGroup')
    const used = functions.map(({ properties }) =>
      String(record(properties['LoggingConfig'])['LogGroup']),
    )
    // The other one is API Gateway's.
    const access = groups.filter(({ id }) => id.startsWith('RealtimeAccessLog'))
    expect(access).toHaveLength(1)
    const others = groups.filter((group) => !access.includes(group))
    expect(used.toSorted()).toEqual(others.map(({ id }) => `\${${id}}`).toSorted())
    for (const { properties, deletionPolicy } of groups) {
      expect(properties).toEqual({ RetentionInDays: 30 })
      expect(deletionPolicy).toBe('Delete')
    }
  })

  const GROUP_KEY = `{{resolve:secretsmanager:\${${groupKey.id}}:SecretString:::}}`
  const POSTS = { CALLBACK_URL: `https://${host()}/prod` }
  const SENDS = {
    ...POSTS,
    DELIVERY_QUEUE_URL: `\${${queue.id}}`,
    INLINE_LIMIT: '1000',
    MESSAGES_PER_SECOND: '10',
    MESSAGE_BURST: '20',
    POSTS_PER_SECOND: '8000',
  }
  const WORKS = {
    ...POSTS,
    DELIVERY_QUEUE_URL: `\${${queue.id}}`,
    DEAD_LETTER_QUEUE_URL: `\${${deadLetterQueue.id}}`,
    CHUNK_SIZE: '1000',
    POSTS_PER_SECOND: '800',
    GROUP_KEY,
  }

  it.each([
    { routeKey: '$connect', timeoutSeconds: 10, variables: {} },
    {
      routeKey: '$disconnect',
      timeoutSeconds: 10,
      variables: { DELIVERY_QUEUE_URL: `\${${queue.id}}` },
    },
    { routeKey: 'sendmessage', timeoutSeconds: 29, variables: { ...SENDS, GROUP_KEY } },
    { routeKey: 'join', timeoutSeconds: 29, variables: { ...SENDS, GROUP_KEY } },
    { routeKey: '$default', timeoutSeconds: 29, variables: SENDS },
    { routeKey: 'the queue', timeoutSeconds: 30, variables: WORKS },
  ])('of $routeKey knows what it uses and its time', ({ routeKey, timeoutSeconds, variables }) => {
    const id = routeKey === 'the queue' ? workerId : routes.get(routeKey)?.functionId
    const properties = functions.find((candidate) => candidate.id === id)?.properties
    expect(properties?.['Timeout']).toBe(timeoutSeconds)
    expect(properties?.['Environment']).toEqual({
      Variables: {
        CONNECTIONS_TABLE: `\${${table.id}}`,
        MEMBERSHIPS_TABLE: `\${${memberships.id}}`,
        ...variables,
      },
    })
  })
})

describe('the Connections table', () => {
  it('holds ids and the time of their end, on demand, without backups', () => {
    expect(table.properties).toEqual({
      AttributeDefinitions: [{ AttributeName: 'connectionId', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'connectionId', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      Replicas: [
        {
          Region: '${AWS::Region}',
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
        },
      ],
    })
  })

  it('goes with the stack', () => {
    expect(table.deletionPolicy).toBe('Delete')
  })
})

describe('the stack', () => {
  it('tells its addresses', () => {
    const outputs = record(render(template.findOutputs('*')))
    expect(Object.keys(outputs)).toEqual(['WebSocketUrl', 'CallbackUrl', 'DeliveryQueueUrl'])
    expect(record(outputs['WebSocketUrl'])['Value']).toBe(`wss://${host()}/prod`)
    expect(record(outputs['CallbackUrl'])['Value']).toBe(`https://${host()}/prod`)
    expect(record(outputs['DeliveryQueueUrl'])['Value']).toBe(`\${${queue.id}}`)
  })

  it.each([
    { door: 'open', folder: assembly, warnings: ['Annotation::switchboard:open'] },
    { door: 'closed', folder: inject('closedAssembly'), warnings: [] },
  ])(
    'is valid in the eyes of CloudFormation, with a warning only when it is open: $door',
    (row) => {
      const report = readJson(join(row.folder, 'validation-report.json'))
      const violations = list(report['pluginReports'])
        .flatMap((plugin) => list(record(plugin)['violations']))
        .map(record)
      expect(violations.map(({ ruleName }) => ruleName)).toEqual(row.warnings)
      const metadata = Object.values(readJson(join(row.folder, 'Switchboard.metadata.json')))
      const kinds = metadata.flatMap(list).map((entry) => record(entry)['type'])
      expect(kinds).toContain('aws:cdk:logicalId')
      expect(kinds.filter((kind) => kind === 'aws:cdk:warning')).toHaveLength(row.warnings.length)
      expect(kinds).not.toContain('aws:cdk:error')
    },
  )
})

function host(): string {
  return `\${${api.id}}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}`
}

/** The code of a function, as it is deployed. */
function bundleOf(resource: TemplateResource | undefined): string {
  const { S3Key } = record(resource?.properties['Code'])
  const directory = join(assembly, `asset.${String(S3Key).replace(/\.zip$/, '')}`)
  expect(existsSync(directory)).toBe(true)
  expect(readdirSync(directory)).toEqual(['index.mjs'])
  return readFileSync(join(directory, 'index.mjs'), 'utf8')
}
