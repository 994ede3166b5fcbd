import * as v from 'valibot'
import { UnsupportedError } from '../errors.ts'
import { functionArnOf } from './function-uri.ts'
import { ignored, readProperties } from './properties.ts'
import type { Resource } from './resolve-template.ts'

/** A Lambda authorizer of type REQUEST. */
export interface AuthorizerDefinition {
  readonly authorizerId: string
  readonly functionArn: string
  /** The role by which API Gateway invokes the function, in place of the function's permission. */
  readonly credentialsArn?: string | undefined
  /** All of them must be in the request. */
  readonly identitySources: readonly IdentitySource[]
  /** Where in the template it stands, for messages. */
  readonly path: string
}

export interface IdentitySource {
  readonly from: 'header' | 'querystring'
  readonly name: string
}

const authorizerSchema = v.strictObject({
  ApiId: v.string(),
  AuthorizerType: v.literal('REQUEST'),
  AuthorizerUri: v.string(),
  AuthorizerCredentialsArn: v.optional(v.string()),
  IdentitySource: v.optional(v.array(v.string()), []),
  Name: ignored,
})

const IDENTITY_SOURCE = /^route\.request\.(header|querystring)\.(.+)$/

export function readAuthorizer(resource: Resource): AuthorizerDefinition {
  const properties = readProperties(resource, authorizerSchema)
  const { AuthorizerUri, AuthorizerCredentialsArn, IdentitySource } = properties
  return {
    authorizerId: resource.ref,
    functionArn: functionArnOf(resource, 'AuthorizerUri', AuthorizerUri),
    credentialsArn: AuthorizerCredentialsArn,
    identitySources: IdentitySource.map((source) => readIdentitySource(resource, source)),
    path: resource.path,
  }
}

function readIdentitySource(resource: Resource, source: string): IdentitySource {
  const [, from, name] = IDENTITY_SOURCE.exec(source) ?? []
  if (name !== undefined && (from === 'header' || from === 'querystring')) return { from, name }
  throw new UnsupportedError(
    `${resource.path}/Properties/IdentitySource`,
    `only route.request.header and route.request.querystring are supported locally, not ${source}`,
  )
}
