import { Account } from '../../local/template/account.ts'
import type { Assembly, Stack, Template } from '../../local/assembly.ts'

/** What a test says of a resource. */
export interface ResourceInput {
  readonly Type: string
  readonly Properties?: Record<string, unknown>
  readonly Condition?: string
}

/** An assembly in memory: one stack of these resources, and whatever else its template has. */
export function assemblyOf(
  resources: Readonly<Record<string, ResourceInput>>,
  sections: Partial<Template> = {},
): Assembly {
  return assemblyOfStacks(stackOf('Chat', resources, sections))
}

export function assemblyOfStacks(...stacks: readonly Stack[]): Assembly {
  return {
    stacks,
    assetPath: (objectKey) => (objectKey === 'code.zip' ? '/assembly/asset.code' : undefined),
  }
}

/** One of several stacks of an assembly in memory. */
export function stackOf(
  stackName: string,
  resources: Readonly<Record<string, ResourceInput>>,
  sections: Partial<Template> = {},
): Stack {
  const Resources = Object.fromEntries(
    Object.entries(resources).map(([id, { Type, Properties = {}, Condition }]) => [
      id,
      { Type, Properties, Condition },
    ]),
  )
  const empty = { Outputs: {}, Parameters: {}, Mappings: {}, Conditions: {}, Metadata: {} }
  return {
    stackName,
    account: new Account(),
    parameters: {},
    template: { ...empty, ...sections, Resources },
  }
}

const TRUST = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { Service: 'lambda.amazonaws.com' },
    },
  ],
}

/** The least that a WebSocket app has: an API with one route to one function. */
export const CHAT = {
  Api: {
    Type: 'AWS::ApiGatewayV2::Api',
    Properties: { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' },
  },
  Stage: {
    Type: 'AWS::ApiGatewayV2::Stage',
    Properties: { ApiId: { Ref: 'Api' }, StageName: 'prod', AutoDeploy: true },
  },
  Integration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId: { Ref: 'Api' },
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: {
        'Fn::Sub':
          'arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Handler.Arn}/invocations',
      },
    },
  },
  Route: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      ApiId: { Ref: 'Api' },
      RouteKey: '$default',
      Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Integration' }]] },
    },
  },
  Handler: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Bucket: 'assets', S3Key: 'code.zip' },
      Handler: 'index.handler',
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      Runtime: 'nodejs24.x',
    },
  },
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: { AssumeRolePolicyDocument: TRUST },
  },
} satisfies Record<string, ResourceInput>

/** A resource of {@link CHAT} with other properties. */
export function chatWith(
  logicalId: keyof typeof CHAT,
  properties: Readonly<Record<string, unknown>>,
): Record<string, ResourceInput> {
  const resource: ResourceInput = CHAT[logicalId]
  return {
    ...CHAT,
    [logicalId]: { ...resource, Properties: { ...resource.Properties, ...properties } },
  }
}
