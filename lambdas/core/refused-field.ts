import type * as v from 'valibot'
import { findFault } from './data.ts'
import { ProtocolError } from './errors.ts'

/** Characters of a refused value that the error repeats. */
const MAX_SHOWN_LENGTH = 40

/**
 * The error that names the field at fault, what was expected there and what was received.
 *
 * @param fields all that the frame may have
 */
export function toProtocolError(
  issue: v.BaseIssue<unknown>,
  fields: readonly string[],
): ProtocolError {
  const path = issue.path?.map(({ key }) => String(key)) ?? []
  const field = shorten(path.join('.'))
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const known = fields.join(', ')
    return new ProtocolError('BAD_MESSAGE', `${field}: no such field, expected only ${known}`)
  }
  const missing = issue.type === 'strict_object'
  const expectation = missing ? 'a value' : issue.message
  const received = missing ? 'nothing' : show(issue.input)
  return new ProtocolError('BAD_MESSAGE', `${field}: expected ${expectation}, received ${received}`)
}

/** @throws ProtocolError BAD_MESSAGE when it would not arrive as it was sent */
export function assertSound(data: unknown): void {
  const fault = findFault(data)
  if (!fault) return
  throw new ProtocolError(
    'BAD_MESSAGE',
    `${shorten(`data${fault.path}`)}: expected ${fault.expected}`,
  )
}

export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  // JSON.stringify would run out of stack, or show another value.
  return findFault(value) ? 'what cannot be shown' : shorten(JSON.stringify(value))
}

/** What is cut may be half a character. */
function shorten(text: string): string {
  if (text.length <= MAX_SHOWN_LENGTH) return text.toWellFormed()
  return `${text.slice(0, MAX_SHOWN_LENGTH).toWellFormed()}…`
}

/** One with fields: no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
