import { matches } from './patterns.ts'

/** What is known of a call, by the lower-case names of IAM's global keys. */
export type RequestContext = Pick<ReadonlyMap<string, string>, 'get'>

/** One test of a statement's Condition block. */
export interface Condition {
  /** Such as `StringEquals`, without what stands before and after it. */
  readonly operator: string
  readonly quantifier: 'ForAllValues' | 'ForAnyValue' | undefined
  /** Whether a key that the call does not have passes. */
  readonly ifExists: boolean
  /** In lower case. */
  readonly key: string
  readonly values: readonly string[]
}

/** The keys that the local runtime knows of a call, in lower case. */
const KNOWN_KEYS: ReadonlySet<string> = new Set([
  'aws:principalarn',
  'aws:principalaccount',
  'aws:requestedregion',
  'aws:resourceaccount',
  'aws:currenttime',
  'aws:epochtime',
  'aws:securetransport',
  // Of a call by a function's URL alone.
  'lambda:functionurlauthtype',
  'lambda:invokedviafunctionurl',
])

type Test = (actual: string, expected: string) => boolean

const number = (test: (a: number, b: number) => boolean): Test => {
  return (actual, expected) => test(Number(actual), Number(expected))
}
const date = (test: (a: number, b: number) => boolean): Test => {
  return (actual, expected) => test(toTime(actual), toTime(expected))
}
const fitsText: Test = (actual, expected) => matches(expected, actual)

const TESTS: ReadonlyMap<string, Test> = new Map([
  ['StringEquals', (actual, expected) => actual === expected],
  ['StringEqualsIgnoreCase', (actual, expected) => lower(actual) === lower(expected)],
  ['StringLike', fitsText],
  ['ArnEquals', fitsArn],
  ['ArnLike', fitsArn],
  ['NumericEquals', number((a, b) => a === b)],
  ['NumericLessThan', number((a, b) => a < b)],
  ['NumericLessThanEquals', number((a, b) => a <= b)],
  ['NumericGreaterThan', number((a, b) => a > b)],
  ['NumericGreaterThanEquals', number((a, b) => a >= b)],
  ['DateEquals', date((a, b) => a === b)],
  ['DateLessThan', date((a, b) => a < b)],
  ['DateLessThanEquals', date((a, b) => a <= b)],
  ['DateGreaterThan', date((a, b) => a > b)],
  ['DateGreaterThanEquals', date((a, b) => a >= b)],
  ['Bool', (actual, expected) => lower(actual) === lower(expected)],
])

/** Operators that hold when another does not: then also for a key that is not there. */
const NEGATIONS: ReadonlyMap<string, string> = new Map([
  ['StringNotEquals', 'StringEquals'],
  ['StringNotEqualsIgnoreCase', 'StringEqualsIgnoreCase'],
  ['StringNotLike', 'StringLike'],
  ['ArnNotEquals', 'ArnEquals'],
  ['ArnNotLike', 'ArnLike'],
  ['NumericNotEquals', 'NumericEquals'],
  ['DateNotEquals', 'DateEquals'],
])

const NULL = 'Null'

const OPERATOR = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/

/** @returns undefined for an operator or a key that is not known here */
export function parseCondition(
  operatorText: string,
  keyText: string,
  values: readonly string[],
): Condition | undefined {
  const [, quantifier, operator = '', ifExists] = OPERATOR.exec(operatorText) ?? []
  const key = lower(keyText)
  const isKnown = TESTS.has(operator) || NEGATIONS.has(operator) || operator === NULL
  if (!isKnown || !KNOWN_KEYS.has(key)) return undefined
  return {
    operator,
    quantifier:
      quantifier === 'ForAllValues' || quantifier === 'ForAnyValue' ? quantifier : undefined,
    ifExists: ifExists !== undefined,
    key,
    values,
  }
}

/** Whether a call passes the test. */
export function holds(condition: Condition, context: RequestContext): boolean {
  const { operator, quantifier, ifExists, key, values } = condition
  const actual = context.get(key)
  if (operator === NULL) return values.some((value) => (lower(value) === 'true') === !actual)
  const negated = NEGATIONS.get(operator)
  if (actual === undefined) {
    if (quantifier !== undefined) return quantifier === 'ForAllValues' || ifExists
    return ifExists || negated !== undefined
  }
  // Every key that is known has one value, of which `ForAllValues` and `ForAnyValue` say the same.
  const test = TESTS.get(negated ?? operator)
  const fits = values.some((value) => test?.(actual, expand(value, context)) === true)
  return negated === undefined ? fits : !fits
}

const VARIABLE = /\$\{([^}]*)\}/g

/** The policy variables in a text that are not known here, such as `${aws:username}`. */
export function unknownVariables(text: string): string[] {
  return [...text.matchAll(VARIABLE)]
    .filter(([, name = '']) => !KNOWN_KEYS.has(lower(name)))
    .map(([variable]) => variable)
}

/** A text of a policy with its variables replaced. */
export function expand(text: string, context: RequestContext): string {
  return text.replace(VARIABLE, (variable, name: string) => context.get(lower(name)) ?? variable)
}

/** Each of an ARN's six parts by itself: a `*` does not reach over a colon. */
function fitsArn(actual: string, expected: string): boolean {
  const parts = (arn: string): string[] => {
    const [a = '', b = '', c = '', d = '', e = '', ...resource] = arn.split(':')
    return [a, b, c, d, e, resource.join(':')]
  }
  const actualParts = parts(actual)
  return parts(expected).every((part, index) => matches(part, actualParts[index] ?? ''))
}

/** Milliseconds since 1970 of a date, or of the seconds since then. */
function toTime(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text)
}

function lower(text: string): string {
  return text.toLowerCase()
}
