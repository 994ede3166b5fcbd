import type { Template } from '../assembly.ts'
import type { IgnoreRules } from './ignore-rules.ts'

type TemplateResource = Template['Resources'][string]

/**
 * Resource types that change nothing which a client or a function could notice, so that the local
 * runtime goes on without them, unasked.
 */
const INERT_TYPES: ReadonlySet<string> = new Set([
  // Describes the app to AWS.
  'AWS::CDK::Metadata',
  'AWS::CloudFormation::WaitConditionHandle',
  'AWS::ResourceGroups::Group',
  'AWS::ServiceCatalogAppRegistry::Application',
  'AWS::ServiceCatalogAppRegistry::ResourceAssociation',
  // They watch. What they would watch, the metrics, is not kept here.
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::AnomalyDetector',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::Logs::MetricFilter',
  'AWS::Logs::QueryDefinition',
  'AWS::XRay::Group',
  'AWS::XRay::SamplingRule',
  // How long logs are kept, and the role by which API Gateway writes its own.
  'Custom::LogRetention',
  'AWS::ApiGateway::Account',
  // Names and certificates: this machine has its own.
  'AWS::CertificateManager::Certificate',
  'AWS::Route53::HostedZone',
  'AWS::Route53::RecordSet',
  'AWS::Route53::RecordSetGroup',
  // Capacity of tables and functions, which is not limited here.
  'AWS::ApplicationAutoScaling::ScalableTarget',
  'AWS::ApplicationAutoScaling::ScalingPolicy',
])

/** What is a part of a function or of an API, with the property that names that. */
const PARTS: ReadonlyMap<string, string> = new Map([
  ['AWS::Lambda::Permission', 'FunctionName'],
  ['AWS::Lambda::EventInvokeConfig', 'FunctionName'],
  ['AWS::Lambda::Url', 'TargetFunctionArn'],
  ['AWS::Lambda::Version', 'FunctionName'],
  ['AWS::SNS::Subscription', 'TopicArn'],
  ['AWS::SNS::TopicPolicy', 'Topics'],
  ['AWS::ApiGatewayV2::ApiMapping', 'ApiId'],
  ['AWS::ApiGatewayV2::Authorizer', 'ApiId'],
  ['AWS::ApiGatewayV2::Deployment', 'ApiId'],
  ['AWS::ApiGatewayV2::Integration', 'ApiId'],
  ['AWS::ApiGatewayV2::IntegrationResponse', 'ApiId'],
  ['AWS::ApiGatewayV2::Model', 'ApiId'],
  ['AWS::ApiGatewayV2::Route', 'ApiId'],
  ['AWS::ApiGatewayV2::RouteResponse', 'ApiId'],
  ['AWS::ApiGatewayV2::Stage', 'ApiId'],
])

const FUNCTION = 'AWS::Lambda::Function'

/** Alarms tell it, and nothing else may: no function could publish to it here. */
const TOPIC = 'AWS::SNS::Topic'

/**
 * The logical ids of the resources that the local runtime goes on without: the inert ones, those
 * that the developer ignores, their parts, and the functions that serve nothing but them, such as
 * the provider of a custom resource.
 */
export function leftOut({ Resources, Outputs }: Template, rules: IgnoreRules): Set<string> {
  const resources = Object.entries(Resources)
  const out = new Set(
    resources
      // Ask the rules first: a rule for an inert type fits something, too.
      .filter(
        ([, { Type, Properties }]) => rules.ignores(Type, Properties) || INERT_TYPES.has(Type),
      )
      .map(([logicalId]) => logicalId),
  )
  const exported = namesIn(Object.values(Outputs).filter(({ Export }) => Export !== undefined))
  for (let before = -1; before !== out.size;) {
    before = out.size
    for (const [logicalId, resource] of resources) {
      if (servesOnly(logicalId, resource, resources, out)) out.add(logicalId)
      // What is exported may be used by any other stack.
      if (resource.Type === TOPIC && !exported.has(logicalId) && isAlarmed(logicalId)) {
        out.add(logicalId)
      }
    }
  }
  return out

  /** Whether nothing names a topic but what is left out, and what belongs to topics. */
  function isAlarmed(topicId: string): boolean {
    return resources.every(([logicalId, { Type, Properties }]) => {
      const isPart = Type.startsWith('AWS::SNS::') || Type === 'AWS::Lambda::Permission'
      return isPart || out.has(logicalId) || !namesIn(Properties).has(topicId)
    })
  }
}

function servesOnly(
  logicalId: string,
  { Type, Properties }: TemplateResource,
  resources: readonly (readonly [string, TemplateResource])[],
  out: ReadonlySet<string>,
): boolean {
  const property = PARTS.get(Type)
  if (property !== undefined) {
    return [...namesIn(Properties[property])].some((name) => out.has(name))
  }
  if (Type !== FUNCTION) return false
  const users = resources.filter(([id, resource]) => {
    if (id === logicalId || isAboutFunctions(resource)) return false
    return namesIn(resource.Properties).has(logicalId)
  })
  const calledByOneLeftOut = users.some(([id, resource]) => {
    const caller =
      resource.Type === FUNCTION ? resource.Properties : resource.Properties['ServiceToken']
    return out.has(id) && namesIn(caller).has(logicalId)
  })
  return calledByOneLeftOut && users.every(([id]) => out.has(id))
}

/** A permission to call a function, given or taken, is no call. */
function isAboutFunctions({ Type }: TemplateResource): boolean {
  return Type.startsWith('AWS::IAM::') || PARTS.get(Type) === 'FunctionName'
}

/** The logical ids that a value refers to. */
function namesIn(value: unknown, names = new Set<string>()): Set<string> {
  if (typeof value !== 'object' || value === null) return names
  for (const [key, argument] of Object.entries(value)) {
    const first: unknown = Array.isArray(argument) ? argument[0] : argument
    if (key === 'Ref' && typeof argument === 'string') names.add(argument)
    if (key === 'Fn::GetAtt' && typeof first === 'string') names.add(first.split('.')[0] ?? '')
    if (key === 'Fn::Sub' && typeof first === 'string') {
      for (const [, name] of first.matchAll(/\$\{([\w]+)[.}]/g)) names.add(name ?? '')
    }
    namesIn(argument, names)
  }
  return names
}
