import * as v from 'valibot'
import { UnsupportedError } from '../errors.ts'
import type { Resource } from './resolve-template.ts'

/** A property that changes nothing in what the local runtime does. */
export const ignored = v.optional(v.unknown())

/** What to do about the commonest of the properties that are not supported. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ['ProvisionedThroughput', ': set the billing mode PAY_PER_REQUEST'],
  ['ZipFile', ': put the code into a folder, with Code.fromAsset'],
])

/**
 * Reads a resource's properties by a schema that lists all that are supported.
 *
 * @throws UnsupportedError naming the property that is not, or that has another value than expected
 */
export function readProperties<Schema extends v.GenericSchema>(
  resource: Resource,
  schema: Schema,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, resource.properties)
  if (result.success) return result.output
  // A property that is there says more than another that it makes unnecessary, as NotAction does.
  const issue = result.issues.find(isUnknownProperty) ?? result.issues[0]
  const keys = issue.path?.map(({ key }) => String(key)) ?? []
  const path = [resource.path, 'Properties', ...keys].join('/')
  const reason = isUnknownProperty(issue)
    ? `${resource.type} with this property is not supported locally${HINTS.get(keys.at(-1) ?? '') ?? ''}`
    : `${resource.type} is supported locally only with ${issue.expected} here, not ${issue.received}`
  throw new UnsupportedError(path, reason)
}

function isUnknownProperty(issue: v.BaseIssue<unknown>): boolean {
  return issue.type === 'strict_object' && issue.expected === 'never'
}
