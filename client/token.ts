/**
 * When a token ends, in milliseconds since 1970, if it is a JWT that says so. Nothing is verified:
 * it only tells when to bring the next one.
 */
export function expiryOf(token: string | undefined): number | undefined {
  const [, payload = ''] = token?.split('.') ?? []
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
    if (!(claims instanceof Object && 'exp' in claims)) return undefined
    return typeof claims.exp === 'number' ? claims.exp * 1_000 : undefined
  } catch {
    return undefined
  }
}
