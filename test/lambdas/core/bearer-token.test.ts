import { describe, expect, it } from 'vitest'
import { bearerTokens } from '../../../lambdas/core/bearer-token.ts'

const IN_QUERY = { inQuery: true }

const header = (name: string, ...values: readonly string[]) => ({
  headers: { [name]: values.at(-1) },
  multiValueHeaders: { [name]: values },
})

describe('a token', () => {
  it.each([
    ['a subprotocol', header('Sec-WebSocket-Protocol', 'switchboard.v1, bearer.a.b.c')],
    ['the only subprotocol', header('Sec-WebSocket-Protocol', 'bearer.a.b.c')],
    [
      'a subprotocol in a header of its own',
      header('sec-websocket-protocol', 'v1', 'bearer.a.b.c'),
    ],
    ['an Authorization header', header('Authorization', 'Bearer a.b.c')],
    ['one in lower case', header('authorization', 'bearer  a.b.c ')],
    ['one beside another scheme', header('AUTHORIZATION', 'Basic YTpi', 'Bearer a.b.c')],
    ['a parameter', { queryStringParameters: { token: 'a.b.c' } }],
    ['a header of the single form alone', { headers: { authorization: 'Bearer a.b.c' } }],
  ])('comes as %s', (_, handshake) => {
    expect(bearerTokens(handshake, IN_QUERY)).toEqual(['a.b.c'])
  })

  it('does not come in the query when that is not allowed', () => {
    const handshake = {
      queryStringParameters: { token: 'a.b.c' },
      multiValueQueryStringParameters: { token: ['a.b.c'] },
    }
    expect(bearerTokens(handshake, { inQuery: false })).toEqual([])
  })

  it.each([
    ['a subprotocol without the prefix', header('Sec-WebSocket-Protocol', 'a.b.c')],
    ['a prefix in capitals', header('Sec-WebSocket-Protocol', 'Bearer.a.b.c')],
    ['another scheme', header('Authorization', 'Basic a.b.c')],
    ['no scheme', header('Authorization', 'a.b.c')],
    ['another header', header('X-Authorization', 'Bearer a.b.c')],
    ['another parameter', { queryStringParameters: { Token: 'a.b.c', access_token: 'a.b.c' } }],
    ['nothing', { headers: null, queryStringParameters: null }],
  ])('does not come as %s', (_, handshake) => {
    expect(bearerTokens(handshake, IN_QUERY)).toEqual([])
  })

  it.each([
    ['two subprotocols', header('Sec-WebSocket-Protocol', 'bearer.a, bearer.b')],
    ['the same subprotocol twice', header('Sec-WebSocket-Protocol', 'bearer.a', 'bearer.a')],
    ['two headers', header('Authorization', 'Bearer a', 'Bearer b')],
    ['two parameters', { multiValueQueryStringParameters: { token: ['a', 'b'] } }],
    [
      'a subprotocol and a header',
      { headers: { 'Sec-WebSocket-Protocol': 'bearer.a', Authorization: 'Bearer a' } },
    ],
    [
      'a header and a parameter',
      { headers: { Authorization: 'Bearer a' }, queryStringParameters: { token: 'a' } },
    ],
    [
      'two spellings of one header',
      { headers: { Authorization: 'Bearer a', authorization: 'Bearer b' } },
    ],
  ])('is one of two in %s', (_, handshake) => {
    expect(bearerTokens(handshake, IN_QUERY)).toHaveLength(2)
  })
})
