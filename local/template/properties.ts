import * as v from 'valibot'
import { UnsupportedError } from '../errors.ts'
import type { Problem } from '../problem-list.ts'
import { withoutProperty } from './ignore-rules.ts'
import { UNRESOLVED } from './intrinsics.ts'
import type { Resource } from './resolve-template.ts'

/** A property that changes nothing in what the local runtime does. */
export const ignored = v.optional(v.unknown())

/** A number, which CloudFormation takes as text, too. */
export const numeric = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+(?:\.\d+)?$/), v.transform(Number))]),
  v.minValue(0),
)

export const wholeNumber = v.pipe(numeric, v.integer())

/** A whole number within the limits that AWS sets. */
export function between(least: number, most: number) {
  return v.pipe(wholeNumber, v.minValue(least), v.maxValue(most))
}

/** A boolean, which CloudFormation takes as text, too. */
export const flag = v.pipe(
  v.union([v.boolean(), v.picklist(['true', 'false'])]),
  v.transform((value) => String(value) === 'true'),
)

/** Text, for which CloudFormation takes a number or a boolean, too. */
export const scalarText = v.pipe(
  v.union([v.string(), v.number(), v.boolean()]),
  v.transform(String),
)

/** Checks that say themselves what is wrong. */
const OWN_MESSAGES = new Set(['check', 'raw_check', 'raw_transform'])

type Issue = v.BaseIssue<unknown>

/** A property whose value decides whether a resource can be there at all. */
const KIND = 'AWS::Lambda::Function.Runtime'

/** What to do about the commonest of the properties that are not supported. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ['ImageUri', ': put the code into a folder, with Code.fromAsset'],
])

/**
 * Reads a resource's properties by a schema that lists all that are supported.
 *
 * @throws UnsupportedError naming every property that is not, or that has another value than
 * expected; naming none where all that is wrong has been noted while it was resolved
 */
export function readProperties<Schema extends v.GenericSchema>(
  resource: Resource,
  schema: Schema,
): v.InferOutput<Schema> {
  const problems: Problem[] = []
  const parents = new Set<string>()
  let properties = resource.properties
  let result = v.safeParse(schema, properties)
  // A schema names one unknown property at a time: look again without it.
  for (let unknown = unknownIn(result); unknown.length > 0; unknown = unknownIn(result)) {
    for (const issue of unknown) {
      const keys = keysOf(issue)
      const hint = HINTS.get(keys.at(-1) ?? '') ?? ''
      const reason = `${resource.type} with this property is not supported locally${hint}`
      problems.push(problem(resource, keys, reason, true))
      parents.add(keys.slice(0, -1).join('/'))
      properties = withoutProperty(properties, keys)
    }
    result = v.safeParse(schema, properties)
  }
  if (result.success && problems.length === 0) return result.output
  for (const issue of result.issues ?? []) {
    const keys = keysOf(issue)
    // A property that is there says more than another that it makes unnecessary.
    if (issue.input === undefined && parents.has(keys.slice(0, -1).join('/'))) continue
    if (holdsUnresolved(issue.input)) continue
    const found = problem(resource, keys, reasonOf(issue, resource), canDoWithout(keys))
    const kind = [resource.type, ...keys].join('.')
    const { input } = issue
    const isKind = kind === KIND && typeof input === 'string'
    problems.push(isKind ? { ...found, ignore: `${kind}=${input}` } : found)
  }
  throw new UnsupportedError(problems)

  function canDoWithout(keys: readonly string[]): boolean {
    const { issues } = v.safeParse(schema, withoutProperty(properties, keys))
    return !issues?.some((issue) => keysOf(issue).join('/') === keys.join('/'))
  }
}

function problem(
  { path, type }: Resource,
  keys: readonly string[],
  reason: string,
  optional: boolean,
): Problem {
  const names = keys.filter((key) => !/^\d+$/.test(key))
  return {
    path: [path, 'Properties', ...keys].join('/'),
    reason,
    type,
    ignore: optional && names.length > 0 ? [type, ...names].join('.') : undefined,
  }
}

function reasonOf(issue: Issue, { type }: Resource): string {
  if (OWN_MESSAGES.has(issue.type)) return issue.message
  if (issue.input === undefined) return `${type} needs this property`
  return `${type} is supported locally only with ${issue.expected} here, not ${issue.received}`
}

function unknownIn({ issues }: v.SafeParseResult<v.GenericSchema>): Issue[] {
  return (issues ?? []).filter(
    ({ type, expected }) => type === 'strict_object' && expected === 'never',
  )
}

function keysOf({ path }: Issue): string[] {
  return (path ?? []).map(({ key }) => String(key))
}

/** Whether something in a value could not be resolved: that has been noted. */
function holdsUnresolved(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === UNRESOLVED
  return Object.values(value).some(holdsUnresolved)
}
