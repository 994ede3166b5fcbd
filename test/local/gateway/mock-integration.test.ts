import { describe, expect, it } from 'vitest'
import { UnsupportedError } from '../../../local/errors.ts'
import { parseMock } from '../../../local/gateway/mock-integration.ts'
import type { MockIntegration, MockResponse } from '../../../local/template/api-gateway.ts'

const CONTEXT = {
  requestId: 'request-1',
  connectionId: 'L0SM9cOFvHcCIhw=',
  connectedAt: 1_767_225_600_000,
  identity: { sourceIp: '127.0.0.1' },
}

describe('a MOCK integration', () => {
  it.each([
    ['pong', 'pong'],
    ['', ''],
    ['{"id":"$context.connectionId"}', '{"id":"L0SM9cOFvHcCIhw="}'],
    ['${context.connectionId}s', 'L0SM9cOFvHcCIhw=s'],
    ['$context.requestId,$context.requestId.', 'request-1,request-1.'],
    ['$context.identity.sourceIp', '127.0.0.1'],
    ['$context.connectedAt', '1767225600000'],
    // What is not there, or no text, is the empty string.
    ['<$context.nothing>', '<>'],
    ['<$context.identity>', '<>'],
    ['<$context.connectionId.length>', '<>'],
    ['<$context.constructor.name>', '<>'],
    ['<$context.toString>', '<>'],
  ])('renders %j', (template, body) => {
    expect(parseMock(mock({}, [answer('$default', template)]))(CONTEXT)).toEqual({
      statusCode: 200,
      body,
    })
  })

  it.each([
    { statusCode: 200, body: 'success' },
    { statusCode: 404, body: 'client' },
    { statusCode: 418, body: 'client' },
    { statusCode: 503, body: 'other' },
  ])('takes the first response whose key fits $statusCode', ({ statusCode, body }) => {
    const responses = [answer('/200/', 'success'), answer('/4\\d\\d/', 'client')]
    const requestTemplates = { $default: JSON.stringify({ statusCode }) }
    const run = parseMock(mock({ requestTemplates }, [...responses, answer('$default', 'other')]))
    expect(run(CONTEXT)).toEqual({ statusCode, body })
  })

  it.each([
    { name: 'no response', responses: [] },
    { name: 'no response that fits', responses: [answer('/404/', 'x')] },
  ])('fails with $name', ({ responses }) => {
    expect(parseMock(mock({}, responses))(CONTEXT)).toEqual({ statusCode: 500, body: '' })
  })

  it.each(['200', '{}', '{"statusCode":"200"}', 'statusCode: 200', ''])(
    'fails with the request template %j, which gives no status',
    (template) => {
      const run = parseMock(
        mock({ requestTemplates: { $default: template } }, [answer('/200/', 'x')]),
      )
      expect(run(CONTEXT)).toEqual({ statusCode: 500, body: '' })
    },
  )

  it.each(['$default', '\\$default', '200'])('chooses a template by its name: %s', (name) => {
    const templates = { [name.replace('\\', '')]: '{"statusCode":200}' }
    const selection = { templateSelectionExpression: name, requestTemplates: templates }
    expect(parseMock(mock(selection, [answer('/200/', 'pong')]))(CONTEXT).body).toBe('pong')
  })

  it.each([
    '#set($x = 1)',
    '#if(true)x#end',
    "$input.path('$.data')",
    '$util.escapeJavaScript("x")',
    'costs 5$',
    '$request.body.action',
  ])('is refused with its place when a template holds more: %s', (template) => {
    const act = () => parseMock(mock({}, [answer('$default', template)]))
    expect(act).toThrowError(UnsupportedError)
    expect(act).toThrowError(expect.objectContaining({ path: 'Resources/Ping' }))
  })

  it('is refused when no template has the name', () => {
    const act = () =>
      parseMock(mock({ templateSelectionExpression: '$request.body.x' }, [answer('$default', 'x')]))
    expect(act).toThrowError(
      new UnsupportedError(
        'Resources/Ping/TemplateSelectionExpression',
        'only the name of a template is supported locally (there are: $default), not $request.body.x',
      ),
    )
  })
})

function mock(
  fields: Partial<MockIntegration>,
  responses: readonly MockResponse[],
): MockIntegration {
  return {
    type: 'MOCK',
    path: 'Resources/Ping',
    templateSelectionExpression: '$default',
    requestTemplates: { $default: '{"statusCode":200}' },
    ...fields,
    responses,
  }
}

function answer(key: string, template: string): MockResponse {
  return { key, templateSelectionExpression: '$default', templates: { $default: template } }
}
