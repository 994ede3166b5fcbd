import { describe, expect, it } from 'vitest'
import {
  holds,
  parseCondition,
  unknownVariables,
  type RequestContext,
} from '../../../local/access/conditions.ts'
import { decide } from '../../../local/access/policy.ts'
import { requestContext } from '../../../local/access/request-context.ts'
import { Account } from '../../../local/template/account.ts'

const ROLE = 'arn:aws:iam::000000000000:role/Chat-Role'
const SESSION = 'arn:aws:sts::000000000000:assumed-role/Chat-Role/handler'
const NOW = Date.parse('2026-06-01T12:00:00Z')
const CONTEXT = requestContext(SESSION, new Account(), NOW)
const NOTHING: RequestContext = new Map()

describe('a condition', () => {
  it.each<[string, string, string | readonly string[], boolean]>([
    ['StringEquals', 'aws:PrincipalArn', ROLE, true],
    ['StringEquals', 'AWS:principalARN', ROLE, true],
    ['StringEquals', 'aws:PrincipalArn', SESSION, false],
    ['StringEquals', 'aws:PrincipalArn', ROLE.toLowerCase(), false],
    ['StringEquals', 'aws:PrincipalArn', '*', false],
    ['StringEquals', 'aws:RequestedRegion', ['eu-west-1', 'us-east-1'], true],
    ['StringEquals', 'aws:PrincipalAccount', '${aws:ResourceAccount}', true],
    ['StringNotEquals', 'aws:RequestedRegion', ['eu-west-1', 'us-east-1'], false],
    ['StringNotEquals', 'aws:RequestedRegion', ['eu-west-1', 'eu-west-2'], true],
    ['StringEqualsIgnoreCase', 'aws:RequestedRegion', 'US-EAST-1', true],
    ['StringNotEqualsIgnoreCase', 'aws:RequestedRegion', 'US-EAST-1', false],
    ['StringLike', 'aws:PrincipalArn', '*:role/Chat-*', true],
    ['StringLike', 'aws:PrincipalArn', '*:role/Mail-*', false],
    ['StringNotLike', 'aws:PrincipalArn', '*:role/Chat-*', false],
    ['ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/Chat-*', true],
    ['ArnEquals', 'aws:PrincipalArn', 'arn:*:iam::*:role/Chat-*', true],
    // A wildcard stays within its part of the ARN.
    ['ArnLike', 'aws:PrincipalArn', 'arn:*:role/Chat-Role', false],
    ['ArnNotLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/Chat-*', false],
    ['ArnNotEquals', 'aws:PrincipalArn', 'arn:aws:iam::*:role/Mail', true],
    ['NumericEquals', 'aws:EpochTime', String(NOW / 1000), true],
    ['NumericNotEquals', 'aws:EpochTime', String(NOW / 1000), false],
    ['NumericLessThan', 'aws:EpochTime', String(NOW / 1000), false],
    ['NumericLessThanEquals', 'aws:EpochTime', String(NOW / 1000), true],
    ['NumericGreaterThan', 'aws:EpochTime', String(NOW / 1000), false],
    ['NumericGreaterThanEquals', 'aws:EpochTime', String(NOW / 1000), true],
    ['DateEquals', 'aws:CurrentTime', '2026-06-01T12:00:00Z', true],
    ['DateNotEquals', 'aws:CurrentTime', '2026-06-01T12:00:00Z', false],
    ['DateLessThan', 'aws:CurrentTime', '2026-06-01T12:00:01Z', true],
    ['DateLessThan', 'aws:CurrentTime', '2026-06-01T12:00:00Z', false],
    ['DateLessThanEquals', 'aws:CurrentTime', '2026-06-01T12:00:00Z', true],
    ['DateGreaterThan', 'aws:CurrentTime', '2026-06-01T11:59:59Z', true],
    ['DateGreaterThanEquals', 'aws:EpochTime', '2026-06-01T12:00:01Z', false],
    // The seconds since 1970 may stand for a date, on both sides.
    ['DateEquals', 'aws:EpochTime', '1780315200', true],
    ['DateLessThan', 'aws:CurrentTime', '1780315200', false],
    ['Bool', 'aws:SecureTransport', 'true', true],
    ['Bool', 'aws:SecureTransport', 'False', false],
    ['Null', 'aws:PrincipalArn', 'true', false],
    ['Null', 'aws:PrincipalArn', 'false', true],
    ['StringEqualsIfExists', 'aws:RequestedRegion', 'eu-west-1', false],
    ['ForAllValues:StringLike', 'aws:RequestedRegion', 'us-*', true],
    ['ForAllValues:StringLike', 'aws:RequestedRegion', 'eu-*', false],
    ['ForAnyValue:StringLike', 'aws:RequestedRegion', ['eu-*', 'us-*'], true],
  ])('%s of %s with %j: %s', (operator, key, values, expected) => {
    expect(holds(parsed(operator, key, values), CONTEXT)).toBe(expected)
  })

  it.each([
    ['StringEquals', false],
    ['StringNotEquals', true],
    ['StringEqualsIfExists', true],
    ['ArnNotLike', true],
    ['Bool', false],
    ['ForAllValues:StringEquals', true],
    ['ForAnyValue:StringEquals', false],
    ['Null', true],
  ])('on a key that the call does not have: %s is %s', (operator, expected) => {
    expect(holds(parsed(operator, 'aws:PrincipalArn', 'true'), NOTHING)).toBe(expected)
  })

  it.each([
    ['StringEquals', 'aws:SourceIp'],
    ['IpAddress', 'aws:PrincipalArn'],
    ['stringequals', 'aws:PrincipalArn'],
    ['ForSome:StringEquals', 'aws:PrincipalArn'],
    ['toString', 'aws:PrincipalArn'],
  ])('is not known: %s of %s', (operator, key) => {
    expect(parseCondition(operator, key, ['x'])).toBeUndefined()
  })
})

it('policy variables that are not known are named', () => {
  const text = 'a/${aws:username}/${aws:PrincipalAccount}/${*}/$x'
  expect(unknownVariables(text)).toEqual(['${aws:username}', '${*}'])
})

describe('a decision with conditions', () => {
  const allow = { effect: 'Allow', actions: ['a:*'], resources: ['*'] } as const
  const inEurope = parsed('StringEquals', 'aws:RequestedRegion', 'eu-west-1')
  const inAmerica = parsed('StringEquals', 'aws:RequestedRegion', 'us-east-1')

  it.each([
    ['all of them hold', [{ ...allow, conditions: [inAmerica] }], 'allow'],
    ['one does not', [{ ...allow, conditions: [inAmerica, inEurope] }], 'implicitDeny'],
    ['a denial’s do not', [allow, { ...allow, effect: 'Deny', conditions: [inEurope] }], 'allow'],
    [
      'a denial’s do',
      [allow, { ...allow, effect: 'Deny', conditions: [inAmerica] }],
      'explicitDeny',
    ],
    ['the action is excepted', [{ ...allow, actions: ['*'], notActions: ['A:b'] }], 'implicitDeny'],
    ['another action is excepted', [{ ...allow, actions: ['*'], notActions: ['a:c'] }], 'allow'],
    ['the resource is excepted', [{ ...allow, notResources: ['table/*'] }], 'implicitDeny'],
    ['another resource is excepted', [{ ...allow, notResources: ['queue/*'] }], 'allow'],
    [
      'the resource has a variable',
      [{ ...allow, resources: ['table/${aws:PrincipalAccount}'] }],
      'allow',
    ],
  ] as const)('when %s', (_, statements, decision) => {
    expect(decide(statements, 'a:B', 'table/000000000000', CONTEXT)).toBe(decision)
  })
})

function parsed(operator: string, key: string, values: string | readonly string[]) {
  const condition = parseCondition(operator, key, typeof values === 'string' ? [values] : values)
  if (!condition) throw new Error(`${operator} of ${key} is not known`)
  return condition
}
