import { isReadable } from './name.ts'

/** OpenID Connect Core 1.0, 2: `sub` has no more than 255 characters. */
const LENGTH = /^.{1,255}$/su

/** Whether a subject may be told to others: it has its length, and no character that nobody sees. */
export function isSubject(value: unknown): value is string {
  return typeof value === 'string' && LENGTH.test(value) && isReadable(value)
}
