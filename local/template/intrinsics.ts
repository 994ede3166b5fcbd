import { UnsupportedError } from '../errors.ts'
import { splitOnce } from '../text.ts'
import { isPlaceholder } from './placeholders.ts'
import type { Problems } from './problems.ts'

/** What intrinsic functions look up. */
export interface Scope {
  /** The value of `{"Ref": name}`, or undefined when the name is unknown. */
  ref(name: string): unknown
  /** The value of `{"Fn::GetAtt": [logicalId, attribute]}`, or undefined when there is none. */
  getAtt(logicalId: string, attribute: string): unknown
  /** Whether a condition of the template holds, or undefined when there is none of that name. */
  condition(name: string): boolean | undefined
  /** The value of `{"Fn::FindInMap": [map, first, second]}`, or undefined when there is none. */
  findInMap(map: string, first: string, second: string): unknown
  /** What some stack exports under a name, or undefined when none does. */
  importValue(name: string): unknown
  /** The value of an output of some stack, or undefined when there is none. */
  stackOutput(stackName: string, outputName: string): unknown
}

type Evaluate = (argument: unknown, scope: Scope, path: string) => unknown

/** Stands for `{"Ref": "AWS::NoValue"}`, which takes its property away. */
export const NO_VALUE = Symbol('AWS::NoValue')

/** Stands for a value that could not be resolved, when why has been noted. */
export const UNRESOLVED = Symbol('unresolved')

/** How a dynamic reference begins, in a text that may be longer. It is resolved after all of these. */
export const DYNAMIC_REFERENCE = '{{resolve:'

/**
 * Replaces every intrinsic function in a value of a template.
 *
 * @param path where the value stands, such as `Resources/Table/Properties`
 * @param problems where to note what cannot be resolved; {@link UNRESOLVED} is in its place
 * @throws UnsupportedError without `problems`, for a function or a name that is not known here
 */
export function resolveIntrinsics(
  value: unknown,
  scope: Scope,
  path: string,
  problems?: Problems,
): unknown {
  const resolve = (item: unknown, key: string | number): unknown => {
    const place = `${path}/${key}`
    if (!problems) return resolveIntrinsics(item, scope, place)
    const resolved = problems.attempt(() => ({
      value: resolveIntrinsics(item, scope, place, problems),
    }))
    return resolved ? resolved.value : UNRESOLVED
  }
  if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== NO_VALUE)
  if (!isRecord(value)) return value
  const [name, ...others] = Object.keys(value)
  if (name !== undefined && others.length === 0 && isIntrinsic(name, value[name])) {
    const evaluate = INTRINSICS.get(name)
    if (!evaluate) {
      throw new UnsupportedError(path, `the intrinsic function ${name} is not supported locally`)
    }
    return evaluate(value[name], scope, path)
  }
  const entries = Object.entries(value)
    .map(([key, item]) => [key, resolve(item, key)] as const)
    .filter(([, item]) => item !== NO_VALUE)
  return Object.fromEntries(entries)
}

const INTRINSICS = new Map<string, Evaluate>([
  ['Ref', (argument, scope, path) => ref(text(argument, path), scope, path)],
  ['Fn::GetAtt', getAtt],
  ['Fn::Join', join],
  ['Fn::Sub', substitute],
  ['Fn::Select', select],
  ['Fn::Split', split],
  ['Fn::If', ifElse],
  ['Fn::Equals', equals],
  ['Fn::Not', (argument, scope, path) => !booleans(argument, scope, path)[0]],
  ['Fn::And', (argument, scope, path) => booleans(argument, scope, path).every(Boolean)],
  ['Fn::Or', (argument, scope, path) => booleans(argument, scope, path).some(Boolean)],
  ['Condition', (argument, scope, path) => condition(text(argument, path), scope, path)],
  ['Fn::FindInMap', findInMap],
  ['Fn::ImportValue', importValue],
  ['Fn::GetStackOutput', getStackOutput],
  ['Fn::Base64', base64],
  ['Fn::Length', (argument, scope, path) => list(argument, scope, path).length],
  ['Fn::ToJsonString', toJsonString],
])

function isIntrinsic(key: string, argument: unknown): boolean {
  // A Condition with an object is a part of an IAM statement.
  if (key === 'Condition') return typeof argument === 'string'
  return key === 'Ref' || key.startsWith('Fn::')
}

function ref(name: string, scope: Scope, path: string): unknown {
  if (name === 'AWS::NoValue') return NO_VALUE
  const value = scope.ref(name)
  if (value === undefined)
    throw new UnsupportedError(path, `Ref to ${name}, which has no local value`)
  return value
}

function getAtt(argument: unknown, scope: Scope, path: string): unknown {
  const [logicalId, attribute] = Array.isArray(argument)
    ? list(argument, scope, path).map((item) => text(item, path))
    : splitOnce(text(argument, path), '.')
  const value = scope.getAtt(logicalId ?? '', attribute ?? '')
  if (value === undefined) {
    throw new UnsupportedError(
      path,
      `Fn::GetAtt of ${logicalId}.${attribute}, which has no local value`,
    )
  }
  return value
}

function join(argument: unknown, scope: Scope, path: string): string {
  const [delimiter, items] = list(argument, scope, path)
  if (!Array.isArray(items))
    throw new UnsupportedError(path, 'Fn::Join of something other than a list')
  return items.map((item) => text(item, path)).join(text(delimiter, path))
}

function substitute(argument: unknown, scope: Scope, path: string): string {
  const [template, variables] = Array.isArray(argument) ? (argument as unknown[]) : [argument, {}]
  const values = resolveIntrinsics(variables, scope, path)
  return text(template, path).replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
    if (literal) return `\${${name}}`
    if (isRecord(values) && Object.hasOwn(values, name)) return text(values[name], path)
    return text(name.includes('.') ? getAtt(name, scope, path) : ref(name, scope, path), path)
  })
}

function select(argument: unknown, scope: Scope, path: string): unknown {
  const [index, items] = list(argument, scope, path)
  // Nobody knows what a part of something that is not here would be.
  const [first] = Array.isArray(items) ? (items as unknown[]) : []
  if (typeof first === 'string' && isPlaceholder(first)) return first
  const item: unknown = Array.isArray(items) ? items[Number(index)] : undefined
  if (item === undefined)
    throw new UnsupportedError(path, `Fn::Select has no item ${String(index)}`)
  return item
}

function split(argument: unknown, scope: Scope, path: string): string[] {
  const [delimiter, value] = list(argument, scope, path)
  const whole = text(value, path)
  return isPlaceholder(whole) ? [whole] : whole.split(text(delimiter, path))
}

function ifElse(argument: unknown, scope: Scope, path: string): unknown {
  const [name, whenTrue, whenFalse] = Array.isArray(argument) ? (argument as unknown[]) : []
  const chosen = condition(text(name, path), scope, path) ? whenTrue : whenFalse
  return resolveIntrinsics(chosen, scope, path)
}

function equals(argument: unknown, scope: Scope, path: string): boolean {
  const [left, right] = list(argument, scope, path)
  return comparable(left) === comparable(right)
}

/** CloudFormation compares texts: a parameter's 1 is equal to '1'. */
function comparable(value: unknown): string {
  return isRecord(value) ? JSON.stringify(value) : String(value)
}

function condition(name: string, scope: Scope, path: string): boolean {
  const value = scope.condition(name)
  if (value === undefined) throw new UnsupportedError(path, `there is no condition ${name}`)
  return value
}

function findInMap(argument: unknown, scope: Scope, path: string): unknown {
  const [map, first, second, otherwise] = list(argument, scope, path)
  const keys = [map, first, second].map((item) => text(item, path))
  const [mapName = '', firstKey = '', secondKey = ''] = keys
  const value = scope.findInMap(mapName, firstKey, secondKey)
  if (value !== undefined) return value
  if (isRecord(otherwise) && Object.hasOwn(otherwise, 'DefaultValue')) {
    return otherwise['DefaultValue']
  }
  throw new UnsupportedError(path, `Fn::FindInMap finds nothing at ${keys.join('.')}`)
}

function importValue(argument: unknown, scope: Scope, path: string): unknown {
  const name = text(resolveIntrinsics(argument, scope, path), path)
  const value = scope.importValue(name)
  if (value !== undefined) return value
  throw new UnsupportedError(path, `no stack of this assembly exports ${name}`)
}

/** CDK's weak references between stacks: an output needs no export to be read by its name. */
function getStackOutput(argument: unknown, scope: Scope, path: string): unknown {
  const fields = isRecord(argument) ? resolveIntrinsics(argument, scope, path) : undefined
  const {
    StackName,
    OutputName,
    Region = scope.ref('AWS::Region'),
    RoleArn,
  } = isRecord(fields) ? fields : {}
  if (RoleArn !== undefined || Region !== scope.ref('AWS::Region')) {
    throw new UnsupportedError(
      path,
      'an output of another account or region is not supported locally',
    )
  }
  const stackName = text(StackName, path)
  const outputName = text(OutputName, path)
  const value = scope.stackOutput(stackName, outputName)
  if (value !== undefined) return value
  throw new UnsupportedError(
    path,
    `no stack of this assembly has the output ${stackName}.${outputName}`,
  )
}

function base64(argument: unknown, scope: Scope, path: string): string {
  const plain = text(resolveIntrinsics(argument, scope, path), path)
  if (plain.includes(DYNAMIC_REFERENCE)) {
    throw new UnsupportedError(path, 'Fn::Base64 of a dynamic reference is not supported locally')
  }
  return Buffer.from(plain, 'utf8').toString('base64')
}

function toJsonString(argument: unknown, scope: Scope, path: string): string {
  return JSON.stringify(resolveIntrinsics(argument, scope, path))
}

function booleans(argument: unknown, scope: Scope, path: string): unknown[] {
  return list(argument, scope, path)
}

function list(argument: unknown, scope: Scope, path: string): unknown[] {
  const resolved = resolveIntrinsics(argument, scope, path)
  if (Array.isArray(resolved)) return resolved
  throw new UnsupportedError(path, 'an intrinsic function whose argument is not a list')
}

function text(value: unknown, path: string): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new UnsupportedError(path, `expected a string, received ${JSON.stringify(value)}`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
