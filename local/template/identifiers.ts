import { createHash } from 'node:crypto'
import type { Account } from './account.ts'

/** What `Ref` and `Fn::GetAtt` give for a resource. */
export interface Identifiers {
  readonly ref: string
  readonly attributes: Readonly<Record<string, string>>
}

/** A resource before its properties are resolved. */
export interface Identifiable {
  readonly stackName: string
  readonly account: Account
  readonly logicalId: string
  /** A property's resolved value, when the template gives it as a string. */
  property(name: string): string | undefined
}

const FUNCTION_URL_ID_CHARACTERS = 32

/** CloudFormation cuts the names that it makes up for queues. */
const MAX_QUEUE_NAME_CHARACTERS = 80

/** The resource types that the local runtime knows, with the way each is named. */
const IDENTIFIERS = new Map<string, (resource: Identifiable) => Identifiers>([
  [
    'AWS::ApiGatewayV2::Api',
    (resource) => {
      const apiId = shortId(resource)
      const { region, urlSuffix } = resource.account
      const ApiEndpoint = `wss://${apiId}.execute-api.${region}.${urlSuffix}`
      return { ref: apiId, attributes: { ApiId: apiId, ApiEndpoint } }
    },
  ],
  [
    'AWS::ApiGatewayV2::Stage',
    (resource) => ({ ref: name(resource, 'StageName'), attributes: {} }),
  ],
  ['AWS::ApiGatewayV2::DomainName', domainName],
  ['AWS::ApiGatewayV2::ApiMapping', idOnly('ApiMappingId')],
  ['AWS::ApiGatewayV2::Route', idOnly('RouteId')],
  ['AWS::ApiGatewayV2::RouteResponse', idOnly('RouteResponseId')],
  ['AWS::ApiGatewayV2::Authorizer', idOnly('AuthorizerId')],
  ['AWS::ApiGatewayV2::Deployment', idOnly('DeploymentId')],
  ['AWS::ApiGatewayV2::Integration', idOnly('IntegrationId')],
  ['AWS::ApiGatewayV2::IntegrationResponse', idOnly('IntegrationResponseId')],
  [
    'AWS::Lambda::Function',
    named('FunctionName', (id, account) => account.arn('lambda', `function:${id}`)),
  ],
  ['AWS::Lambda::Permission', idOnly('Id')],
  ['AWS::DynamoDB::Table', table],
  ['AWS::DynamoDB::GlobalTable', table],
  ['AWS::IAM::Role', named('RoleName', (id, account) => account.globalArn('iam', `role/${id}`))],
  ['AWS::IAM::Policy', idOnly('Id')],
  [
    'AWS::IAM::ManagedPolicy',
    (resource) => {
      const policy = `policy/${name(resource, 'ManagedPolicyName')}`
      const PolicyArn = resource.account.globalArn('iam', policy)
      return { ref: PolicyArn, attributes: { PolicyArn } }
    },
  ],
  [
    'AWS::Logs::LogGroup',
    named('LogGroupName', (id, account) => account.arn('logs', `log-group:${id}:*`)),
  ],
  ['AWS::SecretsManager::Secret', secret],
  ['AWS::SQS::Queue', queue],
  ['AWS::SQS::QueuePolicy', idOnly('Id')],
  ['AWS::Lambda::EventSourceMapping', idOnly('Id')],
  ['AWS::Lambda::Url', functionUrl],
])

/** Whether the local runtime knows what to do with resources of this type. */
export function isKnownType(type: string): boolean {
  return IDENTIFIERS.has(type)
}

/** Undefined for a resource type that the local runtime does not know. */
export function identify(type: string, resource: Identifiable): Identifiers | undefined {
  return IDENTIFIERS.get(type)?.(resource)
}

function named(property: string, toArn: (id: string, account: Account) => string) {
  return (resource: Identifiable): Identifiers => {
    const id = name(resource, property)
    return { ref: id, attributes: { Arn: toArn(id, resource.account) } }
  }
}

/** Where the domain's DNS record leads to. */
function domainName(resource: Identifiable): Identifiers {
  const ref = name(resource, 'DomainName')
  const { region, urlSuffix, partition } = resource.account
  const id = shortId(resource)
  return {
    ref,
    attributes: {
      RegionalDomainName: `d-${id}.execute-api.${region}.${urlSuffix}`,
      RegionalHostedZoneId: `Z${id.toUpperCase()}`,
      DomainNameArn: `arn:${partition}:apigateway:${region}::/domainnames/${ref}`,
    },
  }
}

/** The label of every table's stream: the time at which AWS would have made it. */
const STREAM_LABEL = '2026-01-01T00:00:00.000'

function table(resource: Identifiable): Identifiers {
  const ref = name(resource, 'TableName')
  const Arn = resource.account.arn('dynamodb', `table/${ref}`)
  return { ref, attributes: { Arn, StreamArn: `${Arn}/stream/${STREAM_LABEL}` } }
}

function queue(resource: Identifiable): Identifiers {
  const { region, urlSuffix, accountId } = resource.account
  const given = name(resource, 'QueueName')
  const QueueName =
    given.length <= MAX_QUEUE_NAME_CHARACTERS
      ? given
      : `${given.slice(0, MAX_QUEUE_NAME_CHARACTERS - 11)}-${shortId(resource)}`
  const QueueUrl = `https://sqs.${region}.${urlSuffix}/${accountId}/${QueueName}`
  const Arn = resource.account.arn('sqs', QueueName)
  return { ref: QueueUrl, attributes: { Arn, QueueName, QueueUrl } }
}

/** Its ARN ends in a hyphen and six characters that Secrets Manager makes up. */
function secret(resource: Identifiable): Identifiers {
  const id = shortId(resource)
  const given = resource.property('Name') ?? `${resource.logicalId}-${id}`
  const ref = resource.account.arn('secretsmanager', `secret:${given}-${id.slice(0, 6)}`)
  return { ref, attributes: { Id: ref } }
}

/** Known by its function. */
function functionUrl(resource: Identifiable): Identifiers {
  const { account } = resource
  const target = resource.property('TargetFunctionArn') ?? ''
  const ref = target.startsWith('arn:') ? target : account.arn('lambda', `function:${target}`)
  const FunctionUrl = `https://${functionUrlDomain(resource, account)}/`
  return { ref, attributes: { FunctionArn: ref, FunctionUrl } }
}

type Placed = Pick<Identifiable, 'stackName' | 'logicalId'>

/** The first part of a function URL's host. */
export function functionUrlId(resource: Placed): string {
  return madeUpId(resource, FUNCTION_URL_ID_CHARACTERS)
}

export function functionUrlDomain(resource: Placed, { region }: Account): string {
  return `${functionUrlId(resource)}.lambda-url.${region}.on.aws`
}

function idOnly(attribute: string) {
  return (resource: Identifiable): Identifiers => {
    const id = shortId(resource)
    return { ref: id, attributes: { [attribute]: id } }
  }
}

function name(resource: Identifiable, property: string): string {
  return resource.property(property) ?? `${resource.stackName}-${resource.logicalId}`
}

/** As API Gateway's ids. */
function shortId(resource: Identifiable): string {
  return madeUpId(resource, 10)
}

/** So many characters of `a-z0-9`; the same in every run. */
function madeUpId({ stackName, logicalId }: Placed, characters: number): string {
  const hash = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex')
  return BigInt(`0x${hash}`).toString(36).slice(0, characters)
}
