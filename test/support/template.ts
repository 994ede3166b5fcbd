import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Template } from 'aws-cdk-lib/assertions'

/** A resource as it stands in a template. */
export interface TemplateResource {
  readonly id: string
  /** Its properties, the intrinsic functions written out by {@link render}. */
  readonly properties: Readonly<Record<string, unknown>>
  readonly deletionPolicy: string | undefined
}

/** The template of the project's own stack. */
export function readTemplate(assembly: string): Template {
  return Template.fromJSON(readJson(join(assembly, 'Switchboard.template.json')))
}

/** The resources of a type, in the template's order. */
export function resourcesOf(template: Template, type: string): TemplateResource[] {
  const found: Record<
    string,
    { Properties?: Record<string, unknown>; DeletionPolicy?: string } | undefined
  > = template.findResources(type)
  return Object.entries(found).map(([id, resource]) => ({
    id,
    properties: record(render(resource?.Properties ?? {})),
    deletionPolicy: resource?.DeletionPolicy,
  }))
}

/** The one resource of a type. */
export function only(template: Template, type: string): TemplateResource {
  const [resource, ...others] = resourcesOf(template, type)
  if (resource && others.length === 0) return resource
  throw new Error(`expected one ${type}, found ${others.length + (resource ? 1 : 0)}`)
}

/** A table that is called so. */
export function tableOf(template: Template, name: 'Connections' | 'Memberships'): TemplateResource {
  const tables = resourcesOf(template, 'AWS::DynamoDB::GlobalTable')
  const found = tables.find(({ id }) => id.includes(name))
  if (found) return found
  throw new Error(`no table ${name} among ${tables.map(({ id }) => id).join(', ')}`)
}

/** The roles of the functions: all but the one by which API Gateway writes its log. */
export function functionRolesOf(template: Template): TemplateResource[] {
  const accounts = resourcesOf(template, 'AWS::ApiGateway::Account')
  const others = new Set(accounts.map(({ properties }) => properties['CloudWatchRoleArn']))
  return resourcesOf(template, 'AWS::IAM::Role').filter(({ id }) => !others.has(`\${${id}.Arn}`))
}

export interface RouteInTemplate {
  readonly routeKey: string
  /** The logical id. */
  readonly id: string
  readonly integration: TemplateResource
  /** The logical id of the function that serves it; undefined for a MOCK. */
  readonly functionId: string | undefined
  readonly properties: Readonly<Record<string, unknown>>
}

const TARGET = /^integrations\/\$\{(\w+)\}$/
const FUNCTION_URI =
  /^arn:\$\{AWS::Partition\}:apigateway:\$\{AWS::Region\}:lambda:path\/2015-03-31\/functions\/\$\{(\w+)\.Arn\}\/invocations$/

/** The routes with what serves each, by their route keys. */
export function routesOf(template: Template): Map<string, RouteInTemplate> {
  const integrations = resourcesOf(template, 'AWS::ApiGatewayV2::Integration')
  const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(({ id, properties }) => {
    const integrationId = TARGET.exec(String(properties['Target']))?.[1]
    const integration = integrations.find((candidate) => candidate.id === integrationId)
    if (!integration) throw new Error(`${id} has no integration`)
    const uri = integration.properties['IntegrationUri']
    const functionId = FUNCTION_URI.exec(String(uri))?.[1]
    return { routeKey: String(properties['RouteKey']), id, integration, functionId, properties }
  })
  return new Map(routes.map((route) => [route.routeKey, route]))
}

/** The parts of the delivery to many, told apart by what refers to them. */
export function deliveryOf(template: Template): {
  readonly queue: TemplateResource
  readonly deadLetterQueue: TemplateResource
  readonly mapping: TemplateResource
  /** The logical id of the function that reads the queue. */
  readonly workerId: string
} {
  const mapping = only(template, 'AWS::Lambda::EventSourceMapping')
  const queues = resourcesOf(template, 'AWS::SQS::Queue')
  const isRead = ({ id }: TemplateResource): boolean =>
    mapping.properties['EventSourceArn'] === `\${${id}.Arn}`
  const [queue, deadLetterQueue] = [queues.find(isRead), queues.find((each) => !isRead(each))]
  if (!queue || !deadLetterQueue || queues.length > 2) throw new Error('expected two queues')
  const workerId = String(mapping.properties['FunctionName']).slice(2, -1)
  return { queue, deadLetterQueue, mapping, workerId }
}

/**
 * Writes Ref, Fn::GetAtt, Fn::Join and Fn::Sub as one text with `${Name}` and `${Name.Attribute}`,
 * so that an ARN in a test reads as one.
 */
export function render(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(render)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [key, render(item)] as const)
  const [first, ...others] = entries
  if (first && others.length === 0) {
    const [name, argument] = first
    if (name === 'Ref') return `\${${String(argument)}}`
    if (name === 'Fn::Sub') return argument
    if (name === 'Fn::GetAtt') return `\${${list(argument).join('.')}}`
    if (name === 'Fn::Join') return list(list(argument)[1]).join(String(list(argument)[0]))
    if (name.startsWith('Fn::')) throw new Error(`cannot render ${name}`)
  }
  return Object.fromEntries(entries)
}

/** Reads a file of the assembly. */
export function readJson(file: string): Record<string, unknown> {
  return record(JSON.parse(readFileSync(file, 'utf8')))
}

/** Every text in a value, however deep. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

export function record(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null) return { ...value }
  throw new Error(`expected an object, found ${JSON.stringify(value)}`)
}

export function list(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.map((item: unknown) => item)
  throw new Error(`expected a list, found ${JSON.stringify(value)}`)
}
