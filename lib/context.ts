import type { Node } from 'constructs'
import type { AuthorizerSettings } from './authorizer-settings.ts'

/**
 * Who may connect, as the command line says it: `-c jwtIssuer=… -c jwtAudience=…` and
 * `-c allowedOrigins=…`; several audiences or origins with commas, or as lists in `cdk.json`.
 *
 * @throws RangeError when an issuer has no audience, an audience no issuer, or there are two issuers
 */
export function readContext(node: Node): AuthorizerSettings {
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
  return {
    authorizer: issuer && audience ? { issuer: issuer.join(','), audience } : null,
    ...(allowedOrigins && { allowedOrigins }),
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
