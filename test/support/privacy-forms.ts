// The forms that the privacy contract is made of.
import * as v from 'valibot'

/** @param expected what the form is of, when the form itself says little */
export const text = (form: RegExp, expected = String(form)) =>
  v.pipe(v.string(), v.regex(form, `Expected ${expected}`))
export const json = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(v.string(), v.parseJson(), schema)

export const connectionId = text(/^[\w-]{15}=$/)
export const uuid = text(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
export const time = text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
export const count = v.pipe(v.number(), v.integer(), v.minValue(0))
export const milliseconds = v.pipe(v.number(), v.minValue(0))
export const requestId = text(/^[\w=-]{1,64}$/)
export const level = v.picklist(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'])

export function has<Key extends string>(input: unknown, key: Key): input is Record<Key, unknown> {
  return typeof input === 'object' && input !== null && key in input
}
