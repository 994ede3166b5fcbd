import * as v from 'valibot'
import { AssemblyError, UnsupportedError } from '../errors.ts'
import { ignored, readProperties } from './properties.ts'
import type { Resource } from './resolve-template.ts'

/** A WebSocket API with its one stage. */
export interface ApiDefinition {
  readonly apiId: string
  readonly stageName: string
  /** Absent from events when there are none. */
  readonly stageVariables: Readonly<Record<string, string>> | undefined
  readonly routeSelectionExpression: string
  readonly routes: ReadonlyMap<string, RouteDefinition>
}

export interface RouteDefinition {
  readonly routeKey: string
  readonly integration: IntegrationDefinition
  /** Whether the integration's response goes to the caller. */
  readonly twoWay: boolean
}

export type IntegrationDefinition = LambdaIntegration | MockIntegration

export interface LambdaIntegration {
  readonly type: 'AWS_PROXY'
  readonly functionArn: string
  readonly timeoutMs: number
  /** Where in the template it stands, for messages. */
  readonly path: string
}

export interface MockIntegration {
  readonly type: 'MOCK'
  readonly templateSelectionExpression: string
  readonly requestTemplates: Readonly<Record<string, string>>
  readonly responses: readonly MockResponse[]
  /** Where in the template it stands, for messages. */
  readonly path: string
}

export interface MockResponse {
  /** `$default`, or a regular expression between slashes that the status code must match. */
  readonly key: string
  readonly templateSelectionExpression: string
  readonly templates: Readonly<Record<string, string>>
}

/** The longest, and by default, that API Gateway waits for an integration. */
const MAX_INTEGRATION_TIMEOUT_MS = 29_000

const FUNCTION_URI =
  /^arn:[^:]+:apigateway:[^:]+:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/

const templates = v.record(v.string(), v.string())

const apiSchema = v.strictObject({
  ProtocolType: v.literal('WEBSOCKET'),
  RouteSelectionExpression: v.string(),
  Name: ignored,
  Description: ignored,
  Tags: ignored,
})

const stageSchema = v.strictObject({
  ApiId: v.string(),
  StageName: v.string(),
  AutoDeploy: v.literal(true),
  StageVariables: v.optional(v.record(v.string(), v.string())),
  Description: ignored,
  Tags: ignored,
})

const routeSchema = v.strictObject({
  ApiId: v.string(),
  RouteKey: v.string(),
  Target: v.string(),
  AuthorizationType: v.optional(v.literal('NONE')),
  ApiKeyRequired: v.optional(v.literal(false)),
  RouteResponseSelectionExpression: v.optional(v.literal('$default')),
  OperationName: ignored,
})

const routeResponseSchema = v.strictObject({
  ApiId: v.string(),
  RouteId: v.string(),
  RouteResponseKey: v.literal('$default'),
})

const integrationSchema = v.variant('IntegrationType', [
  v.strictObject({
    ApiId: v.string(),
    IntegrationType: v.literal('AWS_PROXY'),
    IntegrationUri: v.string(),
    IntegrationMethod: v.optional(v.literal('POST')),
    TimeoutInMillis: v.optional(v.number(), MAX_INTEGRATION_TIMEOUT_MS),
    Description: ignored,
  }),
  v.strictObject({
    ApiId: v.string(),
    IntegrationType: v.literal('MOCK'),
    TemplateSelectionExpression: v.optional(v.string(), '$default'),
    RequestTemplates: v.optional(templates, {}),
    // Decides about a body that no template takes; a ping's template is a constant.
    PassthroughBehavior: ignored,
    Description: ignored,
  }),
])

const integrationResponseSchema = v.strictObject({
  ApiId: v.string(),
  IntegrationId: v.string(),
  IntegrationResponseKey: v.string(),
  TemplateSelectionExpression: v.optional(v.string(), '$default'),
  ResponseTemplates: v.optional(templates, {}),
})

/** Reads the template's one WebSocket API. */
export function readApi(resources: readonly Resource[]): ApiDefinition {
  const ofType = (type: string) => resources.filter((r) => r.type === `AWS::ApiGatewayV2::${type}`)
  const api = only(ofType('Api'), 'AWS::ApiGatewayV2::Api')
  const stage = only(ofType('Stage'), 'AWS::ApiGatewayV2::Stage')
  const { RouteSelectionExpression } = readProperties(api, apiSchema)
  const { StageName, StageVariables } = readProperties(stage, stageSchema)

  const integrations = readIntegrations(ofType('Integration'), ofType('IntegrationResponse'))
  const answered = new Set(
    ofType('RouteResponse').map((r) => readProperties(r, routeResponseSchema).RouteId),
  )
  const routes = new Map<string, RouteDefinition>()
  for (const resource of ofType('Route')) {
    const route = readRoute(resource, integrations, answered)
    if (routes.has(route.routeKey)) {
      throw new AssemblyError(`${resource.path}: there is another route ${route.routeKey}`)
    }
    routes.set(route.routeKey, route)
  }
  return {
    apiId: api.ref,
    stageName: StageName,
    stageVariables: StageVariables,
    routeSelectionExpression: RouteSelectionExpression,
    routes,
  }
}

function only(resources: readonly Resource[], type: string): Resource {
  const [resource, ...others] = resources
  if (resource && others.length === 0) return resource
  throw new AssemblyError(`expected one ${type} in the template, found ${resources.length}`)
}

function readRoute(
  resource: Resource,
  integrations: ReadonlyMap<string, IntegrationDefinition>,
  answered: ReadonlySet<string>,
): RouteDefinition {
  const route = readProperties(resource, routeSchema)
  const integration = integrations.get(route.Target.replace(/^integrations\//, ''))
  if (!integration) {
    throw new UnsupportedError(`${resource.path}/Properties/Target`, 'there is no such integration')
  }
  const twoWay = route.RouteResponseSelectionExpression !== undefined && answered.has(resource.ref)
  return { routeKey: route.RouteKey, integration, twoWay }
}

/** By the integrations' ids. */
function readIntegrations(
  resources: readonly Resource[],
  responseResources: readonly Resource[],
): Map<string, IntegrationDefinition> {
  const responses = new Map<string, MockResponse[]>(resources.map(({ ref }) => [ref, []]))
  const integrations = new Map(
    resources.map((r) => [r.ref, readIntegration(r, responses.get(r.ref) ?? [])] as const),
  )
  for (const resource of responseResources) {
    const response = readProperties(resource, integrationResponseSchema)
    if (integrations.get(response.IntegrationId)?.type !== 'MOCK') {
      const path = `${resource.path}/Properties/IntegrationId`
      throw new UnsupportedError(
        path,
        'only the response of a MOCK integration is supported locally',
      )
    }
    responses.get(response.IntegrationId)?.push({
      key: response.IntegrationResponseKey,
      templateSelectionExpression: response.TemplateSelectionExpression,
      templates: response.ResponseTemplates,
    })
  }
  return integrations
}

function readIntegration(resource: Resource, responses: MockResponse[]): IntegrationDefinition {
  const integration = readProperties(resource, integrationSchema)
  if (integration.IntegrationType === 'MOCK') {
    return {
      type: 'MOCK',
      templateSelectionExpression: integration.TemplateSelectionExpression,
      requestTemplates: integration.RequestTemplates,
      responses,
      path: resource.path,
    }
  }
  const functionArn = FUNCTION_URI.exec(integration.IntegrationUri)?.[1]
  if (functionArn === undefined) {
    const path = `${resource.path}/Properties/IntegrationUri`
    throw new UnsupportedError(path, 'only a Lambda function is supported locally')
  }
  const timeoutMs = integration.TimeoutInMillis
  return { type: 'AWS_PROXY', functionArn, timeoutMs, path: resource.path }
}
