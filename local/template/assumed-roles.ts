import { AssemblyError } from '../errors.ts'
import type { RoleDefinition } from './iam.ts'
import type { Problems } from './problems.ts'
import type { Resource } from './resolve-template.ts'

/** A service that takes on a role for a resource. */
export interface AssumedRole {
  readonly logicalId: string
  readonly roleArn: string
  readonly service: Service
}

interface Service {
  readonly name: string
  /** As it stands in a role's trust policy. */
  readonly principal: string
}

const LAMBDA: Service = { name: 'Lambda', principal: 'lambda.amazonaws.com' }
const API_GATEWAY: Service = { name: 'API Gateway', principal: 'apigateway.amazonaws.com' }

/** The resource types that have a role, with the property that names it. */
const ROLE_PROPERTIES: ReadonlyMap<string, readonly [string, Service]> = new Map([
  ['AWS::Lambda::Function', ['Role', LAMBDA]],
  ['AWS::ApiGatewayV2::Integration', ['CredentialsArn', API_GATEWAY]],
  ['AWS::ApiGatewayV2::Authorizer', ['AuthorizerCredentialsArn', API_GATEWAY]],
])

/** Also those of resources that cannot be read: what is wrong with both is told at once. */
export function assumedRoles(resources: readonly Resource[]): AssumedRole[] {
  return resources.flatMap(({ logicalId, type, properties }) => {
    const [property, service] = ROLE_PROPERTIES.get(type) ?? []
    if (property === undefined || !service) return []
    const roleArn: unknown =
      typeof properties === 'object' && properties ? Reflect.get(properties, property) : undefined
    return typeof roleArn === 'string' ? [{ logicalId, roleArn, service }] : []
  })
}

/** Each of them is to be in the app, and to trust the service. */
export function checkAssumedRoles(
  assumed: readonly AssumedRole[],
  roles: ReadonlyMap<string, RoleDefinition>,
  resources: readonly Resource[],
  problems: Problems,
): void {
  const unread = new Set(resources.map(({ arn }) => arn).filter((arn) => !roles.has(arn)))
  for (const { logicalId, roleArn, service } of assumed) {
    const role = roles.get(roleArn)
    if (role ? role.trustedServices.includes(service.principal) : unread.has(roleArn)) continue
    const reason = role
      ? `${logicalId}: the role ${role.roleName} cannot be assumed by ${service.name}`
      : `${logicalId}: its role is not in the template`
    problems.report(new AssemblyError(reason))
  }
}
