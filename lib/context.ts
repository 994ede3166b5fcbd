import type { Node } from 'constructs'
import type { AuthorizerSettings } from './authorizer-settings.ts'
import type { PublishingSettings } from './publishing.ts'

/**
 * Who may do what, as the command line says it: `-c jwtIssuer=… -c jwtAudience=… -c roomsClaim=…`,
 * `-c allowedOrigins=…` and `-c publishUrl=true`; several audiences or origins with commas, or as lists
 * in `cdk.json`.
 *
 * @throws RangeError when an issuer has no audience, an audience or a claim no issuer, or there are two
 * issuers
 */
export function readContext(node: Node): AuthorizerSettings & PublishingSettings {
  const issuer = textsOf(node, 'jwtIssuer')
  const audience = textsOf(node, 'jwtAudience')
  const allowedOrigins = textsOf(node, 'allowedOrigins')
  if (!issuer !== !audience) {
    const [given, missing] = issuer ? ['jwtIssuer', 'jwtAudience'] : ['jwtAudience', 'jwtIssuer']
    throw new RangeError(`${given} without ${missing}: the door needs both, or neither`)
  }
  if (issuer && issuer.length > 1) {
    throw new RangeError(`jwtIssuer: expected one issuer, got ${issuer.join(',')}`)
  }
  const roomsClaim = textsOf(node, 'roomsClaim')?.join(',')
  if (roomsClaim !== undefined && !issuer) {
    throw new RangeError('roomsClaim without jwtIssuer: nobody has a token that could list rooms')
  }
  const authorizer = issuer && audience ? { issuer: issuer.join(','), audience } : null
  return {
    authorizer: authorizer && { ...authorizer, ...(roomsClaim !== undefined && { roomsClaim }) },
    ...(allowedOrigins && { allowedOrigins }),
    ...(String(node.tryGetContext('publishUrl')) === 'true' && { publishUrl: true }),
  }
}

function textsOf(node: Node, key: string): string[] | undefined {
  const value: unknown = node.tryGetContext(key)
  if (value === undefined) return undefined
  const items: readonly unknown[] = typeof value === 'string' ? value.split(',') : [value].flat()
  return items.map((item) => {
    if (typeof item === 'string') return item.trim()
    throw new RangeError(`${key}: expected text, got ${JSON.stringify(item)}`)
  })
}
