import { describe, expect, it } from 'vitest'
import { matches } from '../../../local/access/patterns.ts'
import { decide, type Statement } from '../../../local/access/policy.ts'

const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/Chat'
const allow = (actions: string[], resources: string[]): Statement => ({
  effect: 'Allow',
  actions,
  resources,
})
const deny = (actions: string[], resources: string[]): Statement => ({
  effect: 'Deny',
  actions,
  resources,
})

describe('a pattern', () => {
  it.each([
    ['*', '', true],
    ['*', 'anything:at/all', true],
    ['a*', 'a', true],
    ['a*', 'ba', false],
    ['*a', 'ba', true],
    ['*a', 'ab', false],
    ['a*c', 'abbc', true],
    ['a*c', 'ac', true],
    ['a*c', 'abcd', false],
    ['a*b*c', 'a-b-b-c', true],
    ['prod/*/x', 'prod/POST/@connections/x', true],
    ['*', 'two\nlines', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['a?c', 'abbc', false],
    ['a??', 'abc', true],
    ['abc', 'abc', true],
    ['abc', 'abcd', false],
    ['abc', 'ABC', false],
    ['', '', true],
    ['', 'a', false],
    // Characters that regular expressions know.
    ['a.c', 'a.c', true],
    ['a.c', 'abc', false],
    ['a+', 'a+', true],
    ['a+', 'aa', false],
    ['(a|b)', '(a|b)', true],
    ['(a|b)', 'a', false],
    ['[ab]', '[ab]', true],
    ['[ab]', 'a', false],
    ['a{2}', 'a{2}', true],
    ['a{2}', 'aa', false],
    ['^a$', '^a$', true],
    ['^a$', 'a', false],
    ['prod/$connect', 'prod/$connect', true],
    ['\\d', '\\d', true],
    ['\\d', '1', false],
    ['\\*', '\\anything', true],
    ['a/b-c:d@e=', 'a/b-c:d@e=', true],
  ])('%j fits %j: %s', (pattern, text, fits) => {
    expect(matches(pattern, text)).toBe(fits)
  })
})

describe('a decision', () => {
  it.each<[string, Statement[], ReturnType<typeof decide>]>([
    ['nothing says anything', [], 'implicitDeny'],
    ['the statement fits', [allow(['dynamodb:Scan'], [TABLE])], 'allow'],
    ['one of several fits', [allow(['a:B', 'dynamodb:Scan'], ['x', TABLE])], 'allow'],
    ['the action has another case', [allow(['DynamoDB:SCAN'], [TABLE])], 'allow'],
    ['the action is a wildcard', [allow(['dynamodb:*'], [TABLE])], 'allow'],
    ['the wildcard has another case', [allow(['DYNAMODB:S*'], [TABLE])], 'allow'],
    ['everything is allowed', [allow(['*'], ['*'])], 'allow'],
    ['the action is another', [allow(['dynamodb:GetItem'], [TABLE])], 'implicitDeny'],
    ['the action only begins so', [allow(['dynamodb:Sca'], [TABLE])], 'implicitDeny'],
    ['the resource is another', [allow(['dynamodb:Scan'], [`${TABLE}2`])], 'implicitDeny'],
    [
      'the resource has another case',
      [allow(['dynamodb:Scan'], [TABLE.toLowerCase()])],
      'implicitDeny',
    ],
    ['the resource is what is in it', [allow(['dynamodb:Scan'], [`${TABLE}/*`])], 'implicitDeny'],
    [
      'action and resource fit different statements',
      [allow(['dynamodb:Scan'], ['x']), allow(['a:B'], [TABLE])],
      'implicitDeny',
    ],
    ['it is denied', [deny(['dynamodb:Scan'], [TABLE])], 'explicitDeny'],
    [
      'it is allowed, then denied',
      [allow(['*'], ['*']), deny(['dynamodb:S*'], ['*'])],
      'explicitDeny',
    ],
    [
      'it is denied, then allowed',
      [deny(['dynamodb:S*'], ['*']), allow(['*'], ['*'])],
      'explicitDeny',
    ],
    ['something else is denied', [allow(['*'], ['*']), deny(['dynamodb:GetItem'], ['*'])], 'allow'],
    ['it is denied elsewhere', [allow(['*'], ['*']), deny(['*'], ['x'])], 'allow'],
  ])('when %s', (_, statements, decision) => {
    expect(decide(statements, 'dynamodb:Scan', TABLE)).toBe(decision)
  })
})
