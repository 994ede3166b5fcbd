import { describe, expect, it } from 'vitest'
import { AssemblyError, UnsupportedError } from '../../../local/errors.ts'
import type { Problem } from '../../../local/problem-list.ts'
import { readApp, type App } from '../../../local/template/read-app.ts'
import { assemblyOf, CHAT, chatWith, type ResourceInput } from '../../support/assembly.ts'

const POOL = { Type: 'AWS::Cognito::UserPool' }
const SUBNET = { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { Ref: 'Vpc' } } }
const VPC = { Type: 'AWS::EC2::VPC' }
const VPC_CONFIG = { SubnetIds: [{ Ref: 'Subnet' }] }

/** A pool, a function in a VPC, and things that refer to both. */
const FOREIGN = {
  ...chatWith('Handler', {
    VpcConfig: VPC_CONFIG,
    Layers: ['arn:layer'],
    Environment: {
      Variables: {
        POOL: { Ref: 'Pool' },
        POOL_ARN: { 'Fn::GetAtt': ['Pool', 'Arn'] },
        PROVIDER: { 'Fn::Sub': '${Pool.ProviderName}' },
        PART: { 'Fn::Select': [1, { 'Fn::Split': ['/', { 'Fn::GetAtt': ['Pool', 'Url'] }] }] },
      },
    },
  }),
  Pool: POOL,
  Subnet: SUBNET,
  Vpc: VPC,
}

describe('what cannot run', () => {
  it('is told at once, with its place and with what goes on without it', () => {
    expect(problemsOf(FOREIGN)).toEqual([
      unknownType('Pool', POOL.Type),
      unknownType('Subnet', SUBNET.Type),
      unknownType('Vpc', VPC.Type),
      unknownProperty('VpcConfig'),
      unknownProperty('Layers'),
    ])
  })

  it('is a list for people, under the types of the resources', () => {
    expect(() => read(FOREIGN)).toThrowError(
      [
        'This app has 5 things that cannot run here:',
        '',
        'AWS::Cognito::UserPool',
        '  Resources/Pool: AWS::Cognito::UserPool is not supported locally (--ignore AWS::Cognito::UserPool)',
        '',
        'AWS::EC2::Subnet',
        '  Resources/Subnet: AWS::EC2::Subnet is not supported locally (--ignore AWS::EC2::Subnet)',
        '',
        'AWS::EC2::VPC',
        '  Resources/Vpc: AWS::EC2::VPC is not supported locally (--ignore AWS::EC2::VPC)',
        '',
        'AWS::Lambda::Function',
        '  Resources/Handler/Properties/VpcConfig: AWS::Lambda::Function with this property is not supported locally (--ignore AWS::Lambda::Function.VpcConfig)',
        '  Resources/Handler/Properties/Layers: AWS::Lambda::Function with this property is not supported locally (--ignore AWS::Lambda::Function.Layers)',
        '',
        'To go on without them, as if the app did not have them:',
        '',
        '  --ignore AWS::Cognito::UserPool --ignore AWS::EC2::Subnet --ignore AWS::EC2::VPC --ignore AWS::Lambda::Function.VpcConfig --ignore AWS::Lambda::Function.Layers',
      ].join('\n'),
    )
  })

  it('is found in every part of the app', () => {
    const problems = problemsOf({
      ...chatWith('Stage', { ClientCertificateId: 'x' }),
      Api: {
        ...CHAT.Api,
        Properties: { ...CHAT.Api.Properties, RouteSelectionExpression: '$context.x' },
      },
      Second: { ...CHAT.Handler, Properties: { ...CHAT.Handler.Properties, Timeout: 'long' } },
      Third: {
        Type: 'AWS::Lambda::Function',
        Properties: { Description: { 'Fn::Cidr': 1 }, Handler: { Ref: 'Nobody' }, Layers: [] },
      },
      Maybe: { Type: 'AWS::Logs::LogGroup', Condition: 'Nowhere' },
    })
    expect(problems.map(({ path }) => path)).toEqual([
      'Resources/Third/Properties/Description',
      'Resources/Third/Properties/Handler',
      'Resources/Maybe',
      'RouteSelectionExpression',
      'Resources/Stage/Properties/ClientCertificateId',
      'Resources/Second/Properties/Timeout',
      'Resources/Third/Properties/Layers',
    ])
  })

  it('has no way around where the runtime needs a value', () => {
    const [problem] = problemsOf(chatWith('Handler', { Handler: '../index.handler' }))
    expect(problem).toMatchObject({ path: 'Resources/Handler/Properties/Handler' })
    expect(problem?.ignore).toBeUndefined()
  })

  it('is no further problem where something refers to it', () => {
    const broken = chatWith('Integration', { TlsConfig: {} })
    expect(problemsOf(broken)).toMatchObject([
      { path: 'Resources/Integration/Properties/TlsConfig' },
    ])
    const role = { ...CHAT, Role: { ...CHAT.Role, Properties: { PermissionsBoundary: 'arn' } } }
    expect(problemsOf(role).map(({ path }) => path)).toEqual([
      'Resources/Role/Properties/PermissionsBoundary',
    ])
  })

  it('is told together with what is wrong with the app as a whole', () => {
    expect(problemsOf({ ...CHAT, Second: CHAT.Stage, Pool: POOL })).toEqual([
      unknownType('Pool', POOL.Type),
      {
        path: '',
        reason:
          'expected one AWS::ApiGatewayV2::Stage in the app, found 2: Resources/Stage, Resources/Second',
      },
    ])
  })

  it('may be a role that Lambda cannot assume, or that is not there', () => {
    const trust = { ...CHAT.Role.Properties.AssumeRolePolicyDocument }
    const Statement = [{ ...trust.Statement[0], Principal: { Service: 'ec2.amazonaws.com' } }]
    const role = chatWith('Role', { AssumeRolePolicyDocument: { ...trust, Statement } })
    expect(() => read(role)).toThrowError(
      new AssemblyError('Handler: the role Chat-Role cannot be assumed by Lambda'),
    )
    expect(() => read(chatWith('Handler', { Role: 'arn:elsewhere' }))).toThrowError(
      new AssemblyError('Handler: its role is not in the template'),
    )
  })

  it('may be a role that nobody here assumes: then it is none', () => {
    const Properties = { AssumeRolePolicyDocument: { Federated: 'cognito' } }
    expect(read({ ...CHAT, Stranger: { Type: 'AWS::IAM::Role', Properties } }).roles.size).toBe(1)
  })
})

describe('--ignore', () => {
  it('goes on without a type and without a property, and marks what referred to them', () => {
    const app = read(FOREIGN, [
      'AWS::Cognito::UserPool',
      'AWS::EC2::*',
      'AWS::Lambda::Function.VpcConfig',
      'AWS::Lambda::Function.Layers',
    ])
    expect(app.functions[0]?.environment).toEqual({
      POOL: 'ignored-Pool',
      POOL_ARN: 'arn:aws:cognito:us-east-1:000000000000:ignored-Pool',
      PROVIDER: 'ignored-Pool-ProviderName',
      PART: 'ignored-Pool-Url',
    })
  })

  it('goes on without a property inside another, in every item of a list', () => {
    const document = (...Statement: readonly unknown[]) => ({ Version: '2012-10-17', Statement })
    const statement = { Effect: 'Allow', Action: 'a:B', Resource: 'x' }
    const PolicyDocument = document(
      { ...statement, Principal: '*' },
      { ...statement, Principal: '*', Resource: 'y' },
    )
    const resources = chatWith('Role', { Policies: [{ PolicyName: 'p', PolicyDocument }] })
    const ignore = 'AWS::IAM::Role.Policies.PolicyDocument.Statement.Principal'
    expect(problemsOf(resources).map((problem) => problem.ignore)).toEqual([ignore, ignore])
    const [role] = [...read(resources, [ignore]).roles.values()]
    expect(role?.statements.map(({ resources: [resource] }) => resource)).toEqual(['x', 'y'])
  })

  it('goes on without resources that have a value, and without their parts', () => {
    const { Api, Stage, Integration, Route, Handler } = CHAT
    const ofHttp = (resource: ResourceInput) => ({
      ...resource,
      Properties: { ...resource.Properties, ApiId: { Ref: 'Http' } },
    })
    const resources = {
      ...CHAT,
      Http: { ...Api, Properties: { ProtocolType: 'HTTP' } },
      HttpStage: ofHttp(Stage),
      HttpIntegration: ofHttp(Integration),
      HttpRoute: ofHttp(Route),
      Python: { ...Handler, Properties: { ...Handler.Properties, Runtime: 'python3.13' } },
    }
    const ignore = [
      'AWS::ApiGatewayV2::Api.ProtocolType=HTTP',
      'AWS::Lambda::Function.Runtime=python3.13',
    ]
    expect(problemsOf(resources).map((problem) => problem.ignore)).toEqual(ignore)
    const app = read(resources, ignore)
    expect([...app.api.routes.keys()]).toEqual(['$default'])
    expect(app.functions.map(({ logicalId }) => logicalId)).toEqual(['Handler'])
    expect(read(resources, ['*.ProtocolType=HTTP', '*.Runtime=python*']).functions).toHaveLength(1)
    expect(() => read(CHAT, ['AWS::Lambda::Function.Runtime=python3.13'])).toThrowError(
      new AssemblyError(
        '--ignore AWS::Lambda::Function.Runtime=python3.13 fits nothing in this app',
      ),
    )
  })

  it('lets a route answer as if the function or the integration could not be invoked', () => {
    const targets = ['AWS::Lambda::Function', 'AWS::ApiGatewayV2::Integration'].map((type) => {
      const integration = read(CHAT, [type]).api.routes.get('$default')?.integration
      return integration?.type === 'AWS_PROXY' ? integration.functionArn : undefined
    })
    expect(targets).toEqual([
      'arn:aws:lambda:us-east-1:000000000000:ignored-Handler',
      'ignored-Integration',
    ])
  })

  it('does not open the door when the authorizer is left out', () => {
    const Properties = { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: 'Gate' } }
    const { Route } = CHAT
    const resources = {
      ...CHAT,
      Gate: { Type: 'AWS::ApiGatewayV2::Authorizer', Properties: {} },
      Route: { ...Route, Properties: { ...Route.Properties, ...Properties, RouteKey: '$connect' } },
    }
    const problems = problemsOf(resources, ['AWS::ApiGatewayV2::Authorizer'])
    expect(problems).toMatchObject([{ path: 'Resources/Route/Properties/AuthorizerId' }])
  })

  it('goes on without a variable that cannot be resolved', () => {
    const Variables = { SECRET: '{{resolve:secretsmanager:Mine}}', KEPT: 'yes' }
    const resources = chatWith('Handler', { Environment: { Variables } })
    const ignore = 'AWS::Lambda::Function.Environment.Variables.SECRET'
    expect(problemsOf(resources)).toMatchObject([{ type: 'AWS::Lambda::Function', ignore }])
    expect(read(resources, [ignore]).functions[0]?.environment).toEqual({ KEPT: 'yes' })
  })

  it('that fits nothing is an error, which names it', () => {
    expect(() => read(CHAT, ['AWS::Cognito::UserPools'])).toThrowError(
      new AssemblyError('--ignore AWS::Cognito::UserPools fits nothing in this app'),
    )
    expect(() => read(CHAT, ['AWS::Lambda::Function.VpcConfig'])).toThrowError(AssemblyError)
    expect(() => read(FOREIGN, ['Pool'])).toThrowError('--ignore Pool fits nothing in this app')
  })

  it('does not undo what else is wrong', () => {
    const problems = problemsOf(FOREIGN, ['AWS::EC2::*', 'AWS::Cognito::UserPool'])
    expect(problems.map(({ path }) => path)).toEqual([
      'Resources/Handler/Properties/VpcConfig',
      'Resources/Handler/Properties/Layers',
    ])
  })
})

describe('what nobody could notice', () => {
  it.each([
    'AWS::CDK::Metadata',
    'AWS::CloudWatch::Alarm',
    'AWS::SNS::Topic',
    'AWS::CertificateManager::Certificate',
    'AWS::Route53::RecordSet',
    'AWS::Route53::RecordSetGroup',
    'AWS::ApiGateway::Account',
    'AWS::ApplicationAutoScaling::ScalableTarget',
    'Custom::LogRetention',
  ])('is left out unasked: %s', (Type) => {
    expect(() => read({ ...CHAT, Thing: { Type } })).not.toThrow()
  })

  it.each(['AWS::Logs::SubscriptionFilter', 'AWS::Lambda::EventSourceMapping', 'Custom::Mine'])(
    'is not %s',
    (Type) => {
      expect(() => read({ ...CHAT, Thing: { Type } })).toThrowError(UnsupportedError)
    },
  )

  const PROVIDER = {
    ...CHAT.Handler,
    Properties: { ...CHAT.Handler.Properties, Runtime: 'python3.13' },
  }
  const RETENTION = {
    Type: 'Custom::LogRetention',
    Properties: { ServiceToken: { 'Fn::GetAtt': ['Provider', 'Arn'] } },
  }
  const PERMISSION = {
    Type: 'AWS::Lambda::Permission',
    Properties: { FunctionName: { Ref: 'Provider' }, SourceAccount: '1' },
  }

  it('takes the function that provides it along, and what belongs to that function', () => {
    const app = read({ ...CHAT, Retention: RETENTION, Provider: PROVIDER, Permission: PERMISSION })
    expect(app.functions.map(({ logicalId }) => logicalId)).toEqual(['Handler'])
    expect(app.permissions).toEqual([])
  })

  it('leaves a function in that something else uses, too', () => {
    const IntegrationUri = {
      'Fn::Sub':
        'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Provider.Arn}/invocations',
    }
    const resources = chatWith('Integration', { IntegrationUri })
    const problems = problemsOf({ ...resources, Retention: RETENTION, Provider: PROVIDER })
    expect(problems).toMatchObject([{ path: 'Resources/Provider/Properties/Runtime' }])
  })

  const TOPIC = {
    Topic: { Type: 'AWS::SNS::Topic' },
    Policy: { Type: 'AWS::SNS::TopicPolicy', Properties: { Topics: [{ Ref: 'Topic' }] } },
    Subscription: {
      Type: 'AWS::SNS::Subscription',
      Properties: { TopicArn: { Ref: 'Topic' }, Endpoint: { 'Fn::GetAtt': ['Handler', 'Arn'] } },
    },
    Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmActions: [{ Ref: 'Topic' }] } },
  }

  it('takes a topic along that only alarms know', () => {
    const app = read({ ...CHAT, ...TOPIC })
    expect(app.functions.map(({ logicalId }) => logicalId)).toEqual(['Handler'])
  })

  it('leaves a topic in that a function knows, or another stack', () => {
    const Environment = { Variables: { TOPIC_ARN: { Ref: 'Topic' } } }
    const problems = problemsOf({ ...chatWith('Handler', { Environment }), ...TOPIC })
    expect(problems.map(({ type }) => type)).toEqual([
      'AWS::SNS::Topic',
      'AWS::SNS::TopicPolicy',
      'AWS::SNS::Subscription',
    ])
    const Outputs = { Topic: { Value: { Ref: 'Topic' }, Export: { Name: 'Topic' } } }
    const act = () => readApp(assemblyOf({ ...CHAT, ...TOPIC }, { Outputs }))
    expect(act).toThrowError('AWS::SNS::Topic is not supported locally')
  })

  it('leaves a function in that it only watches', () => {
    const alarm = {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: { Dimensions: [{ Name: 'FunctionName', Value: { Ref: 'Other' } }] },
    }
    const app = read({ ...CHAT, Alarm: alarm, Other: CHAT.Handler })
    expect(app.functions.map(({ logicalId }) => logicalId)).toEqual(['Handler', 'Other'])
  })
})

function read(
  resources: Readonly<Record<string, ResourceInput>>,
  ignore: readonly string[] = [],
): App {
  return readApp(assemblyOf(resources), ignore)
}

function problemsOf(
  resources: Readonly<Record<string, ResourceInput>>,
  ignore: readonly string[] = [],
): readonly Problem[] {
  try {
    read(resources, ignore)
  } catch (error) {
    if (error instanceof UnsupportedError) return error.problems
    throw error
  }
  throw new Error('nothing was refused')
}

function unknownType(logicalId: string, type: string): Problem {
  const reason = `${type} is not supported locally`
  return { path: `Resources/${logicalId}`, reason, type, ignore: type }
}

function unknownProperty(name: string): Problem {
  const type = 'AWS::Lambda::Function'
  return {
    path: `Resources/Handler/Properties/${name}`,
    reason: `${type} with this property is not supported locally`,
    type,
    ignore: `${type}.${name}`,
  }
}
