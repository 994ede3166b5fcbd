import { describe, expect, it } from 'vitest'
import { AssemblyError, UnsupportedError } from '../../../local/errors.ts'
import { readApp, type App } from '../../../local/template/read-app.ts'
import { assemblyOf, CHAT, chatWith, type ResourceInput } from '../../support/assembly.ts'

const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:Chat-Handler'
const TABLE = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  },
}
const REPLICA = { Region: { Ref: 'AWS::Region' } }
const GLOBAL_TABLE = {
  Type: 'AWS::DynamoDB::GlobalTable',
  Properties: { ...TABLE.Properties, Replicas: [REPLICA] },
}
const RESPONSE = {
  Type: 'AWS::ApiGatewayV2::RouteResponse',
  Properties: { ApiId: { Ref: 'Api' }, RouteId: { Ref: 'Route' }, RouteResponseKey: '$default' },
}
const MOCK = {
  Type: 'AWS::ApiGatewayV2::Integration',
  Properties: {
    ApiId: { Ref: 'Api' },
    IntegrationType: 'MOCK',
    RequestTemplates: { $default: '{"statusCode":200}' },
  },
}
const ANSWER = {
  Type: 'AWS::ApiGatewayV2::IntegrationResponse',
  Properties: {
    ApiId: { Ref: 'Api' },
    IntegrationId: { Ref: 'Integration' },
    IntegrationResponseKey: '/200/',
    ResponseTemplates: { $default: 'pong' },
  },
}
const PERMISSION = {
  Type: 'AWS::Lambda::Permission',
  Properties: {
    Action: 'lambda:InvokeFunction',
    FunctionName: { Ref: 'Handler' },
    Principal: 'apigateway.amazonaws.com',
  },
}

describe('an app', () => {
  it('has an API whose routes lead to functions', () => {
    const { api } = read(CHAT)
    expect(api).toMatchObject({
      stageName: 'prod',
      stageVariables: undefined,
      routeSelectionExpression: '$request.body.action',
    })
    expect([...api.routes]).toEqual([
      [
        '$default',
        {
          routeKey: '$default',
          twoWay: false,
          integration: {
            type: 'AWS_PROXY',
            functionArn: FUNCTION_ARN,
            timeoutMs: 29_000,
            path: 'Resources/Integration',
          },
        },
      ],
    ])
  })

  it('has functions with Lambda’s defaults', () => {
    expect(read(CHAT).functions).toEqual([
      {
        functionName: 'Chat-Handler',
        functionArn: FUNCTION_ARN,
        logicalId: 'Handler',
        roleArn: 'arn:aws:iam::000000000000:role/Chat-Role',
        codeDirectory: '/assembly/asset.code',
        handler: 'index.handler',
        runtime: 'nodejs24.x',
        timeoutSeconds: 3,
        memoryMegabytes: 128,
        allowsRecursiveLoop: false,
        environment: {},
        logGroupName: '/aws/lambda/Chat-Handler',
      },
    ])
  })

  it('has what its template says of a function', () => {
    const resources = chatWith('Handler', {
      Timeout: 10,
      MemorySize: 512,
      Environment: { Variables: { TABLE: { Ref: 'Table' } } },
      LoggingConfig: { LogGroup: { Ref: 'Logs' } },
    })
    const app = read({ ...resources, Table: TABLE, Logs: { Type: 'AWS::Logs::LogGroup' } })
    expect(app.functions).toMatchObject([
      {
        timeoutSeconds: 10,
        memoryMegabytes: 512,
        environment: { TABLE: 'Chat-Table' },
        logGroupName: 'Chat-Logs',
      },
    ])
    expect(app.logGroupNames).toEqual(['Chat-Logs'])
  })

  it('has functions with inline code, numbers as text, and what nobody could notice', () => {
    const resources = chatWith('Handler', {
      Code: { ZipFile: 'exports.handler = 1' },
      Runtime: 'nodejs18.x',
      Timeout: '10',
      ReservedConcurrentExecutions: 0,
      Environment: { Variables: { PORT: 80, DEBUG: true } },
      TracingConfig: { Mode: 'Active' },
      EphemeralStorage: { Size: 1024 },
      KmsKeyArn: 'arn:key',
    })
    expect(read(resources).functions).toMatchObject([
      {
        codeDirectory: '',
        inlineCode: 'exports.handler = 1',
        timeoutSeconds: 10,
        reservedConcurrency: 0,
        environment: { PORT: '80', DEBUG: 'true' },
      },
    ])
  })

  it.each([
    { selection: '$default', answered: true, twoWay: true },
    { selection: '$default', answered: false, twoWay: false },
    { selection: undefined, answered: true, twoWay: false },
  ])('has a two-way route only with both: $selection, $answered', (row) => {
    const { selection, answered, twoWay } = row
    const app = read({
      ...(selection ? chatWith('Route', { RouteResponseSelectionExpression: selection }) : CHAT),
      ...(answered && { Response: RESPONSE }),
    })
    expect(app.api.routes.get('$default')?.twoWay).toBe(twoWay)
  })

  it('has MOCK integrations with their responses', () => {
    const app = read({
      ...CHAT,
      Integration: MOCK,
      Answer: ANSWER,
    })
    expect(app.api.routes.get('$default')?.integration).toEqual({
      type: 'MOCK',
      path: 'Resources/Integration',
      templateSelectionExpression: '$default',
      requestTemplates: { $default: '{"statusCode":200}' },
      responses: [
        {
          key: '/200/',
          templateSelectionExpression: '$default',
          templates: { $default: 'pong' },
        },
      ],
    })
  })

  it.each([
    ['Table', TABLE],
    ['GlobalTable', GLOBAL_TABLE],
  ])('has tables: %s', (_, table) => {
    expect(read({ ...CHAT, People: table }).tables).toEqual([
      {
        tableName: 'Chat-People',
        tableArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/Chat-People',
        attributeDefinitions: TABLE.Properties.AttributeDefinitions,
        keySchema: TABLE.Properties.KeySchema,
        globalSecondaryIndexes: [],
      },
    ])
  })

  it('has permissions to invoke, and examples to type', () => {
    const examples = [{ type: 'hi', does: 'nothing' }]
    const metadata = { Metadata: { 'Local::Examples': examples } }
    const app = readApp(assemblyOf({ ...CHAT, Permission: PERMISSION }, metadata))
    expect(app.permissions).toEqual([
      {
        action: 'lambda:InvokeFunction',
        functionArn: 'Chat-Handler',
        principal: 'apigateway.amazonaws.com',
        sourceArn: undefined,
        functionUrlAuthType: undefined,
        onlyByUrl: false,
      },
    ])
    expect(app.examples).toEqual(examples)
    expect(read(CHAT).examples).toEqual([])
  })
})

describe('a property that cannot be honoured', () => {
  const place = (path: string) => `Resources/${path}`

  it.each<[string, Record<string, ResourceInput>, string]>([
    ['unknown', chatWith('Handler', { Layers: [] }), 'Handler/Properties/Layers'],
    ['unknown', chatWith('Handler', { VpcConfig: {} }), 'Handler/Properties/VpcConfig'],
    [
      'unknown and nested',
      chatWith('Handler', { LoggingConfig: { Retention: 7 } }),
      'Handler/Properties/LoggingConfig/Retention',
    ],
    [
      'unknown in place of a known one',
      chatWith('Handler', { Code: { ImageUri: 'chat:latest' } }),
      'Handler/Properties/Code/ImageUri',
    ],
    [
      'a handler above the code',
      chatWith('Handler', { Handler: '../index.handler' }),
      'Handler/Properties/Handler',
    ],
    [
      'an old runtime',
      chatWith('Handler', { Runtime: 'nodejs16.x' }),
      'Handler/Properties/Runtime',
    ],
    [
      'a queue for what fails',
      chatWith('Handler', { DeadLetterConfig: { TargetArn: 'arn' } }),
      'Handler/Properties/DeadLetterConfig',
    ],
    [
      'snapshots',
      chatWith('Handler', { SnapStart: { ApplyOn: 'PublishedVersions' } }),
      'Handler/Properties/SnapStart/ApplyOn',
    ],
    [
      'another runtime',
      chatWith('Handler', { Runtime: 'python3.13' }),
      'Handler/Properties/Runtime',
    ],
    [
      'code from elsewhere',
      chatWith('Handler', { Code: { S3Bucket: 'mine', S3Key: 'other.zip' } }),
      'Handler/Properties/Code',
    ],
    [
      'another log format',
      chatWith('Handler', { LoggingConfig: { LogFormat: 'XML' } }),
      'Handler/Properties/LoggingConfig/LogFormat',
    ],
    ['an HTTP API', chatWith('Api', { ProtocolType: 'HTTP' }), 'Api/Properties/ProtocolType'],
    ['no deployment', chatWith('Stage', { AutoDeploy: false }), 'Stage/Properties/AutoDeploy'],
    [
      'the account’s own authorization',
      chatWith('Route', { AuthorizationType: 'AWS_IAM' }),
      'Route/Properties/AuthorizationType',
    ],
    [
      'an authorizer on another route than $connect',
      chatWith('Route', { AuthorizationType: 'CUSTOM' }),
      'Route/Properties/AuthorizationType',
    ],
    [
      'no such integration',
      chatWith('Route', { Target: 'integrations/x' }),
      'Route/Properties/Target',
    ],
    [
      'another kind of integration',
      chatWith('Integration', { IntegrationType: 'HTTP_PROXY' }),
      'Integration/Properties/IntegrationType',
    ],
    [
      'an integration with something else',
      chatWith('Integration', { IntegrationUri: 'arn:aws:apigateway:us-east-1:sqs:path/x' }),
      'Integration/Properties/IntegrationUri',
    ],
    [
      'a function that is not in the template',
      chatWith('Integration', {
        IntegrationUri:
          'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:elsewhere/invocations',
      }),
      'Integration/Properties/IntegrationUri',
    ],
    [
      'a response of a Lambda integration',
      { ...CHAT, Answer: ANSWER },
      'Answer/Properties/IntegrationId',
    ],
    [
      'a dynamic reference',
      chatWith('Handler', {
        Environment: { Variables: { SECRET: '{{resolve:secretsmanager:MySecret}}' } },
      }),
      'Handler/Properties/Environment/Variables/SECRET',
    ],
    [
      'another region',
      {
        ...CHAT,
        Table: {
          ...GLOBAL_TABLE,
          Properties: { ...GLOBAL_TABLE.Properties, Replicas: [{ Region: 'eu-west-1' }] },
        },
      },
      'Table/Properties/Replicas',
    ],
    [
      'a second region',
      {
        ...CHAT,
        Table: {
          ...GLOBAL_TABLE,
          Properties: { ...GLOBAL_TABLE.Properties, Replicas: [REPLICA, REPLICA] },
        },
      },
      'Table/Properties/Replicas',
    ],
  ])('stops with its place: %s', (_, resources, path) => {
    expect(() => read(resources)).toThrowError(UnsupportedError)
    expect(() => read(resources)).toThrowError(expect.objectContaining({ path: place(path) }))
  })

  const everyType: Record<string, ResourceInput> = {
    ...CHAT,
    Table: TABLE,
    GlobalTable: GLOBAL_TABLE,
    Logs: { Type: 'AWS::Logs::LogGroup' },
    Permission: PERMISSION,
    Mock: MOCK,
    Answer: { ...ANSWER, Properties: { ...ANSWER.Properties, IntegrationId: { Ref: 'Mock' } } },
    Response: RESPONSE,
  }

  it('is none in this app, which has a resource of every type', () => {
    expect(() => read(everyType)).not.toThrow()
  })

  it.each(Object.keys(everyType))('stops in a resource of any type: %s', (logicalId) => {
    const { Type = '', Properties = {} } = everyType[logicalId] ?? {}
    const resources = {
      ...everyType,
      [logicalId]: { Type, Properties: { ...Properties, Unheard: 1 } },
    }
    expect(() => read(resources)).toThrowError(
      expect.objectContaining({ path: place(`${logicalId}/Properties/Unheard`) }),
    )
  })

  it('says which value was expected', () => {
    expect(() => read(chatWith('Stage', { AutoDeploy: 'yes' }))).toThrowError(
      'AWS::ApiGatewayV2::Stage is supported locally only with boolean here, not "yes"',
    )
  })

  it('says what to do about the commonest', () => {
    const image = chatWith('Handler', { Code: { ImageUri: 'chat:latest' } })
    expect(() => read(image)).toThrowError('put the code into a folder, with Code.fromAsset')
  })

  it('stops at a second route with the same key', () => {
    expect(() => read({ ...CHAT, Second: CHAT.Route })).toThrowError(
      new AssemblyError('Resources/Second: there is another route $default'),
    )
  })

  it('says that a name is unknown', () => {
    expect(() => read(chatWith('Handler', { Layers: [] }))).toThrowError(
      'AWS::Lambda::Function with this property is not supported locally',
    )
  })
})

describe('an app without exactly one API and stage', () => {
  it.each([
    ['AWS::ApiGatewayV2::Api', 0, { Stage: CHAT.Stage, Api: TABLE }],
    ['AWS::ApiGatewayV2::Api', 2, { ...CHAT, Second: CHAT.Api }],
    ['AWS::ApiGatewayV2::Stage', 0, { Api: CHAT.Api }],
    ['AWS::ApiGatewayV2::Stage', 2, { ...CHAT, Second: CHAT.Stage }],
  ])('is refused: %s, %i of it', (type, found, resources) => {
    expect(() => read(resources)).toThrowError(`expected one ${type} in the app, found ${found}`)
  })
})

function read(resources: Readonly<Record<string, ResourceInput>>): App {
  return readApp(assemblyOf(resources))
}
