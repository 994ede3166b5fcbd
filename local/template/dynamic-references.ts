import * as v from 'valibot'
import { UnsupportedError } from '../errors.ts'
import { parseJsonObject } from '../json.ts'
import { DYNAMIC_REFERENCE, UNRESOLVED } from './intrinsics.ts'
import { isPlaceholder } from './placeholders.ts'
import type { Problems } from './problems.ts'
import { scalarText } from './properties.ts'
import { findSecret, type Secret } from './secrets.ts'

const REFERENCE = /\{\{resolve:([^{}]*)(\}\})?/g

/** `secretsmanager:{id}[:SecretString[:{json key}[:{stage}[:{version id}]]]]`; an ARN has colons, too. */
const SECRET =
  /^secretsmanager:((?:arn:(?:[^:]*:){5})?[^:]+)(?::(?:SecretString)?(?::([^:]*)(?::([^:]*)(?::([^:]*))?)?)?)?$/

/** The stage of the version that a secret has. There is no rotation here, and so no other. */
const CURRENT = 'AWSCURRENT'

/**
 * Replaces the dynamic references in a resource's properties by what they stand for. It comes after the
 * intrinsic functions, of whose results a reference may be made.
 *
 * @param path where the value stands
 * @param problems takes what cannot be resolved; {@link UNRESOLVED} is in its place
 */
export function resolveDynamicReferences(
  value: unknown,
  secrets: readonly Secret[],
  path: string,
  problems: Problems,
): unknown {
  const resolve = (item: unknown, key: string | number): unknown =>
    resolveDynamicReferences(item, secrets, `${path}/${key}`, problems)
  if (Array.isArray(value)) return value.map(resolve)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, key)]))
  }
  if (typeof value !== 'string' || !value.includes(DYNAMIC_REFERENCE)) return value
  return problems.attempt(() => replace(value, secrets, path)) ?? UNRESOLVED
}

function replace(text: string, secrets: readonly Secret[], path: string): string {
  return text.replace(REFERENCE, (whole, reference: string, end: string | undefined) => {
    const refuse = (reason: string): UnsupportedError => {
      return new UnsupportedError(path, `the dynamic reference ${whole}${reason}`)
    }
    const [, id, key = '', stage = '', versionId = ''] = SECRET.exec(reference) ?? []
    if (id === undefined || end === undefined) throw refuse(' is not supported locally')
    // The developer goes on without that secret.
    if (isPlaceholder(id)) return id
    const secret = findSecret(secrets, id)
    if (!secret) throw refuse(': this app has no such secret')
    if (versionId !== '' || (stage !== '' && stage !== CURRENT)) {
      throw refuse(`: a secret has no version but ${CURRENT} locally`)
    }
    const value = key === '' ? secret.value : fieldOf(secret, key)
    if (value === undefined) throw refuse(key === '' ? ': it has no value' : ': it has no such key')
    return value
  })
}

/** Of a secret that is a JSON object; undefined when it is none, or has no such text in it. */
function fieldOf({ value = '' }: Secret, key: string): string | undefined {
  const fields = new Map(Object.entries(parseJsonObject(value) ?? {}))
  const field = v.safeParse(scalarText, fields.get(key))
  return field.success ? field.output : undefined
}

/**
 * CloudFormation shows a reference to a secret in an output as it is, and fails with any other.
 *
 * @throws UnsupportedError
 */
export function assertNoOtherReference(value: unknown, path: string): void {
  if (typeof value !== 'string') return
  for (const [whole, reference = ''] of value.matchAll(REFERENCE)) {
    if (SECRET.test(reference)) continue
    throw new UnsupportedError(path, `the dynamic reference ${whole} is not supported locally`)
  }
}
