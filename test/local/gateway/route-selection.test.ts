import { describe, expect, it } from 'vitest'
import { UnsupportedError } from '../../../local/errors.ts'
import { findRoute, parseRouteSelection } from '../../../local/gateway/route-selection.ts'

describe('a route selection expression', () => {
  it.each([
    ['$request.body.action', '{"action":"join"}', 'join'],
    ['$request.body.a.b', '{"a":{"b":"deep"}}', 'deep'],
    ['$request.body.a-b_c', '{"a-b_c":"x"}', 'x'],
    ['${request.body.action}', '{"action":"join"}', 'join'],
    ['${request.body.type}/${request.body.name}', '{"type":"t","name":"n"}', 't/n'],
    ['$request.body.type/$request.body.name', '{"type":"t","name":"n"}', 't/n'],
    ['v1:${request.body.action}!', '{"action":"x"}', 'v1:x!'],
    ['\\$default', '{"action":"join"}', '$default'],
    ['fixed', '{"action":"join"}', 'fixed'],
    // A path that leads nowhere is the empty string.
    ['$request.body.action', '{}', ''],
    ['$request.body.a.b', '{"a":null}', ''],
    ['$request.body.a.b', '{"a":"text"}', ''],
    ['$request.body.a.length', '{"a":"text"}', ''],
    ['${request.body.type}/${request.body.name}', '{"name":"n"}', '/n'],
    ['$request.body.action', 'null', ''],
    ['$request.body.action', '7', ''],
    ['$request.body.action', '"action"', ''],
    ['$request.body.action', '[]', ''],
    // Other values route by their text.
    ['$request.body.action', '{"action":7}', '7'],
    ['$request.body.action', '{"action":true}', 'true'],
    ['$request.body.action', '{"action":null}', ''],
    ['$request.body.action', '{"action":""}', ''],
    ['$request.body.action', '{"action":{"a":1}}', '{"a":1}'],
    // What is no JSON goes to $default, whatever the expression says.
    ['$request.body.action', 'BROADCAST:hi', '$default'],
    ['$request.body.action', '', '$default'],
    ['fixed', '{"action":', '$default'],
    // A client may send any word, also one that every object inherits.
    ['$request.body.action', '{"action":"toString"}', 'toString'],
    ['$request.body.action', '{"action":"__proto__"}', '__proto__'],
    ['$request.body.constructor', '{}', ''],
    // Nested too deeply to have a text: 32 KB, as one frame has room for.
    ['$request.body.action', `{"action":${'['.repeat(16_000)}${']'.repeat(16_000)}}`, ''],
    ['$request.body.__proto__', '{}', ''],
    ['$request.body.toString', '{"action":"x"}', ''],
    ['$request.body.__proto__.action', '{}', ''],
    ['$request.body.action', '{"__proto__":{"action":"x"}}', ''],
  ])('%s of %s is %j', (expression, body, key) => {
    expect(parseRouteSelection(expression)(body)).toBe(key)
  })

  it.each([
    '$request.header.action',
    '${context.routeKey}',
    '$context.routeKey',
    '$request.body',
    '${request.body.action',
    '$default',
  ])('is refused when it has another variable: %s', (expression) => {
    expect(() => parseRouteSelection(expression)).toThrowError(UnsupportedError)
    expect(() => parseRouteSelection(expression)).toThrowError(expression)
  })
})

describe('the route for a key', () => {
  const keys = ['$connect', '$disconnect', '$default', 'join']
  const routes = new Map(keys.map((key) => [key, key]))

  it.each([
    ['join', 'join'],
    ['Join', '$default'],
    ['join ', '$default'],
    ['', '$default'],
    ['leave', '$default'],
    ['$default', '$default'],
    ['$connect', '$default'],
    ['$disconnect', '$default'],
    ['toString', '$default'],
    ['constructor', '$default'],
    ['__proto__', '$default'],
  ])('%j is %j', (key, route) => {
    expect(findRoute(routes, key)).toBe(route)
  })

  it.each(['leave', '', '$connect', '$disconnect', '$default', 'toString', 'constructor'])(
    '%j is none when there is no $default',
    (key) => {
      const others = new Map([...routes].filter(([routeKey]) => routeKey !== '$default'))
      expect(findRoute(others, key)).toBeUndefined()
    },
  )
})
