/** OpenID Connect Core 1.0, 2: `sub` has no more than 255 characters. */
const SUBJECT = /^[^\p{Cc}\p{Surrogate}]{1,255}$/u

/**
 * Whether a subject may be told to others: it has its length, and neither a control character nor
 * half a surrogate pair, which no JSON parser agrees about.
 */
export function isSubject(value: unknown): value is string {
  return typeof value === 'string' && SUBJECT.test(value)
}
