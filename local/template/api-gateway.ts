import * as v from 'valibot'
import { AssemblyError, UnsupportedError } from '../errors.ts'
import { parseMock } from '../gateway/mock-integration.ts'
import { parseRouteSelection } from '../gateway/route-selection.ts'
import type { Problem } from '../problem-list.ts'
import type { Account } from './account.ts'
import { readApiMappings, type ApiMapping } from './api-mapping.ts'
import { readAuthorizer, type AuthorizerDefinition } from './authorizer.ts'
import { functionArnOf } from './function-uri.ts'
import { isPlaceholder } from './placeholders.ts'
import type { Problems } from './problems.ts'
import { ignored, readProperties, wholeNumber } from './properties.ts'
import type { Resource } from './resolve-template.ts'
import { readStage, type StageDefinition } from './stage.ts'

/** A WebSocket API with its one stage. */
export interface ApiDefinition extends StageDefinition {
  readonly apiId: string
  readonly routeSelectionExpression: string
  readonly routes: ReadonlyMap<string, RouteDefinition>
  readonly mappings: readonly ApiMapping[]
  /** Whether it is reachable by its mappings alone. */
  readonly endpointIsDisabled: boolean
}

export interface RouteDefinition {
  readonly routeKey: string
  readonly integration: IntegrationDefinition
  /** Whether the integration's response goes to the caller. */
  readonly twoWay: boolean
  /** Who is asked before `$connect`; undefined: nobody. */
  readonly authorizer: AuthorizerDefinition | undefined
}

export type IntegrationDefinition = LambdaIntegration | MockIntegration

export interface LambdaIntegration {
  readonly type: 'AWS_PROXY'
  readonly functionArn: string
  /** The role by which API Gateway invokes the function, in place of the function's permission. */
  readonly credentialsArn?: string | undefined
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

const templates = v.record(v.string(), v.string())

const apiSchema = v.strictObject({
  ProtocolType: v.literal('WEBSOCKET'),
  RouteSelectionExpression: v.string(),
  DisableExecuteApiEndpoint: v.optional(v.boolean(), false),
  DisableSchemaValidation: ignored,
  IpAddressType: ignored,
  Name: ignored,
  Description: ignored,
  Tags: ignored,
})

const routeSchema = v.strictObject({
  ApiId: v.string(),
  RouteKey: v.string(),
  Target: v.string(),
  AuthorizationType: v.optional(v.picklist(['NONE', 'CUSTOM'])),
  AuthorizerId: v.optional(v.string()),
  ApiKeyRequired: v.optional(v.literal(false)),
  RouteResponseSelectionExpression: v.optional(v.literal('$default')),
  OperationName: ignored,
})

const deploymentSchema = v.strictObject({
  ApiId: v.string(),
  Description: ignored,
  StageName: ignored,
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
    CredentialsArn: v.optional(v.string()),
    IntegrationMethod: v.optional(v.literal('POST')),
    ConnectionType: v.optional(v.literal('INTERNET')),
    ContentHandlingStrategy: v.optional(v.literal('CONVERT_TO_TEXT')),
    // A proxy's function gets every body as it is.
    PassthroughBehavior: ignored,
    TimeoutInMillis: v.optional(wholeNumber, MAX_INTEGRATION_TIMEOUT_MS),
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

/**
 * Reads the app's one WebSocket API.
 *
 * @param problems takes all that is not supported
 * @returns undefined when there is not one API with one stage
 */
export function readApi(
  resources: readonly Resource[],
  account: Account,
  problems: Problems,
): ApiDefinition | undefined {
  const others = otherApis(resources, problems)
  const ofType = (type: string) =>
    resources.filter((r) => r.type === `AWS::ApiGatewayV2::${type}` && !others.has(apiIdOf(r)))
  const api = problems.attempt(() => only(ofType('Api'), 'AWS::ApiGatewayV2::Api'))
  const stage = problems.attempt(() => only(ofType('Stage'), 'AWS::ApiGatewayV2::Stage'))
  const apiProperties = api && problems.attempt(() => readProperties(api, apiSchema))
  if (apiProperties) {
    problems.attempt(() => parseRouteSelection(apiProperties.RouteSelectionExpression))
  }
  const stageDefinition =
    stage && problems.attempt(() => readStage(stage, { resources, account, problems }))
  const mappings = stage ? readApiMappings(ofType, stage.ref, problems) : []
  problems.each(ofType('Deployment'), (resource) => readProperties(resource, deploymentSchema))
  const authorizers = new Map(
    ofType('Authorizer').map((r) => [r.ref, problems.attempt(() => readAuthorizer(r))]),
  )
  const integrations = readIntegrations(
    ofType('Integration'),
    ofType('IntegrationResponse'),
    problems,
  )
  const answered = new Set(
    problems.each(
      ofType('RouteResponse'),
      (resource) => readProperties(resource, routeResponseSchema).RouteId,
    ),
  )
  const parts = { integrations, authorizers, answered }
  const routes = readRoutes(ofType('Route'), parts, problems)
  if (!api || !apiProperties || !stageDefinition) return undefined
  const endpointIsDisabled = apiProperties.DisableExecuteApiEndpoint
  if (endpointIsDisabled && mappings.length === 0) problems.add(unreachable(api))
  return {
    ...stageDefinition,
    apiId: api.ref,
    routeSelectionExpression: apiProperties.RouteSelectionExpression,
    routes,
    mappings,
    endpointIsDisabled,
  }
}

/** The problem of an API that has neither an endpoint nor a custom domain. */
function unreachable({ path, type }: Resource): Problem {
  const property = 'DisableExecuteApiEndpoint'
  const reason = 'without a custom domain in the app, nobody could connect'
  const ignore = `${type}.${property}`
  return { path: `${path}/Properties/${property}`, reason, type, ignore }
}

/** By their keys. */
function readRoutes(
  resources: readonly Resource[],
  parts: RouteParts,
  problems: Problems,
): Map<string, RouteDefinition> {
  const routes = new Map<string, RouteDefinition>()
  for (const resource of resources) {
    const route = problems.attempt(() => readRoute(resource, parts))
    if (!route) continue
    const { routeKey, integration } = route
    if (routes.has(routeKey)) {
      const reason = `${resource.path}: there is another route ${routeKey}`
      problems.report(new AssemblyError(reason))
    }
    routes.set(routeKey, route)
    if (integration.type === 'MOCK') problems.attempt(() => parseMock(integration))
  }
  return routes
}

/** The ids of the HTTP APIs, each of them a problem; what belongs to them is no further one. */
function otherApis(resources: readonly Resource[], problems: Problems): Set<string> {
  const isHttp = v.object({ ProtocolType: v.literal('HTTP') })
  const apis = resources.filter(
    ({ type, properties }) => type === 'AWS::ApiGatewayV2::Api' && v.is(isHttp, properties),
  )
  for (const { path, type } of apis) {
    const ignore = `${type}.ProtocolType=HTTP`
    const reason = 'only a WebSocket API is supported locally'
    problems.add({ path: `${path}/Properties/ProtocolType`, reason, type, ignore })
  }
  return new Set(apis.map(({ ref }) => ref))
}

/** The API that a resource is, or that it is a part of. */
function apiIdOf({ type, ref, properties }: Resource): string {
  if (type === 'AWS::ApiGatewayV2::Api') return ref
  return v.is(v.object({ ApiId: v.string() }), properties) ? properties.ApiId : ''
}

function only(resources: readonly Resource[], type: string): Resource {
  const [resource, ...others] = resources
  if (resource && others.length === 0) return resource
  const places = resource ? `: ${resources.map(({ path }) => path).join(', ')}` : ''
  throw new AssemblyError(`expected one ${type} in the app, found ${resources.length}${places}`)
}

/** What a route may refer to, by its id; undefined stands for what could not be read. */
interface RouteParts {
  readonly integrations: ReadonlyMap<string, IntegrationDefinition | undefined>
  readonly authorizers: ReadonlyMap<string, AuthorizerDefinition | undefined>
  /** The routes that have a route response. */
  readonly answered: ReadonlySet<string>
}

/** @returns undefined when its integration could not be read */
function readRoute(resource: Resource, parts: RouteParts): RouteDefinition | undefined {
  const route = readProperties(resource, routeSchema)
  const integrationId = route.Target.replace(/^integrations\//, '')
  const isIgnored = isPlaceholder(integrationId)
  if (!isIgnored && !parts.integrations.has(integrationId)) {
    throw new UnsupportedError(`${resource.path}/Properties/Target`, 'there is no such integration')
  }
  const integration = isIgnored
    ? missingFunction(integrationId, resource)
    : parts.integrations.get(integrationId)
  const authorizer = authorizerOf(resource, route, parts)
  return (
    integration && {
      routeKey: route.RouteKey,
      integration,
      twoWay:
        route.RouteResponseSelectionExpression !== undefined && parts.answered.has(resource.ref),
      authorizer,
    }
  )
}

/** What a route has whose integration is ignored: it answers as if nothing could be invoked. */
function missingFunction(functionArn: string, { path }: Resource): LambdaIntegration {
  return { type: 'AWS_PROXY', functionArn, timeoutMs: MAX_INTEGRATION_TIMEOUT_MS, path }
}

function authorizerOf(
  resource: Resource,
  { RouteKey, AuthorizationType, AuthorizerId = '' }: v.InferOutput<typeof routeSchema>,
  { authorizers }: RouteParts,
): AuthorizerDefinition | undefined {
  if (AuthorizationType !== 'CUSTOM') return undefined
  if (RouteKey !== '$connect') {
    const reason = 'a WebSocket API authorizes only $connect'
    throw new UnsupportedError(`${resource.path}/Properties/AuthorizationType`, reason)
  }
  if (authorizers.has(AuthorizerId)) return authorizers.get(AuthorizerId)
  throw new UnsupportedError(`${resource.path}/Properties/AuthorizerId`, 'there is no authorizer')
}

/** By the integrations' ids; undefined stands for one that could not be read. */
function readIntegrations(
  resources: readonly Resource[],
  responseResources: readonly Resource[],
  problems: Problems,
): Map<string, IntegrationDefinition | undefined> {
  const responses = new Map<string, MockResponse[]>(resources.map(({ ref }) => [ref, []]))
  const integrations = new Map(
    resources.map((resource) => {
      const read = () => readIntegration(resource, responses.get(resource.ref) ?? [])
      return [resource.ref, problems.attempt(read)] as const
    }),
  )
  const found = problems.each(responseResources, (resource) => {
    return { resource, response: readProperties(resource, integrationResponseSchema) }
  })
  for (const { resource, response } of found) {
    const { IntegrationId } = response
    if (integrations.has(IntegrationId) && !integrations.get(IntegrationId)) continue
    if (integrations.get(IntegrationId)?.type !== 'MOCK') {
      const path = `${resource.path}/Properties/IntegrationId`
      const reason = 'only the response of a MOCK integration is supported locally'
      problems.report(new UnsupportedError(path, reason))
    }
    responses.get(IntegrationId)?.push({
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
  const functionArn = functionArnOf(resource, 'IntegrationUri', integration.IntegrationUri)
  const { CredentialsArn: credentialsArn, TimeoutInMillis: timeoutMs } = integration
  return { type: 'AWS_PROXY', functionArn, credentialsArn, timeoutMs, path: resource.path }
}
