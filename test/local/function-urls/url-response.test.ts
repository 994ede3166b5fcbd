import { expect, it } from 'vitest'
import { urlResponse } from '../../../local/function-urls/url-response.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

it.each<[string, unknown, number, object, string]>([
  ['a text', 'Hello', 200, JSON_TYPE, '"Hello"'],
  ['an object', { message: 'Hello' }, 200, JSON_TYPE, '{"message":"Hello"}'],
  ['a list', [1], 200, JSON_TYPE, '[1]'],
  ['nothing', null, 200, JSON_TYPE, 'null'],
  ['an object with a body and no status', { body: 'a' }, 200, JSON_TYPE, '{"body":"a"}'],
  ['a status alone', { statusCode: 404 }, 404, JSON_TYPE, ''],
  ['a body', { statusCode: 200, body: 'a' }, 200, JSON_TYPE, 'a'],
  ['no body', { statusCode: 200, body: null }, 200, JSON_TYPE, ''],
  [
    'a type',
    { statusCode: 200, headers: { 'Content-TYPE': 'a/b' } },
    200,
    { 'content-type': 'a/b' },
    '',
  ],
  [
    'headers of the line',
    {
      statusCode: 200,
      headers: {
        'Content-Length': 1,
        Connection: 'close',
        'Transfer-Encoding': 'chunked',
        X: true,
        Y: {},
      },
    },
    200,
    { ...JSON_TYPE, x: 'true' },
    '',
  ],
])('a function may return %s', (_, returned, status, headers, body) => {
  expect(urlResponse(JSON.stringify(returned))).toEqual({ status, headers, body })
})

it.each<[string, unknown]>([
  ['a status that is none', { statusCode: '200' }],
  ['a status with a fraction', { statusCode: 200.5 }],
  ['a status that ends nothing', { statusCode: 199 }],
  ['a status that is too large', { statusCode: 600 }],
  ['a body that is no text', { statusCode: 200, body: { a: 1 } }],
  ['a header with a line break', { statusCode: 200, headers: { X: 'a\nY: b' } }],
  ['a header without a name', { statusCode: 200, headers: { ' ': 'a' } }],
  ['a cookie with a line break', { statusCode: 200, cookies: ['a\r\nb'] }],
  ['too much', 'x'.repeat(6_291_556)],
])('a function may not return %s', (_, returned) => {
  expect(urlResponse(JSON.stringify(returned)).status).toBe(502)
})

it('a function may return as much as Lambda carries', () => {
  expect(urlResponse(JSON.stringify('x'.repeat(6_291_554))).status).toBe(200)
})
