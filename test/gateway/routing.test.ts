import { describe, expect, it } from 'vitest'
import { TestClient, type Frame } from '../support/client.ts'
import { resourcesOfType } from '../support/edited-assembly.ts'
import { removeRoute } from './remove-route.ts'
import { gatewayTarget, type GatewayTarget } from './target.ts'

const gateway = gatewayTarget()

/** The route that took a message: the fixture's function replies with its event. */
async function routeTaken(client: TestClient, message: unknown): Promise<unknown> {
  client.send(message)
  return routeKeyOf(await client.next())
}

function routeKeyOf(event: Frame): unknown {
  const context: unknown = event['requestContext']
  return typeof context === 'object' && context !== null && 'routeKey' in context
    ? context.routeKey
    : undefined
}

/** The fixture with another expression, until the test is over. */
function startWithExpression(expression: string): Promise<GatewayTarget> {
  return gateway.edited((template) => {
    for (const [, { Properties }] of resourcesOfType(template, 'AWS::ApiGatewayV2::Api')) {
      Properties['RouteSelectionExpression'] = expression
    }
  })
}

const withoutDefaultRoute = gateway.shared((template) => removeRoute(template, '$default'))

describe('the route selection expression', () => {
  it.each([
    ['$request.body.a.b', { a: { b: 'echo' } }, 'echo'],
    ['$request.body.a.b', { a: 'echo' }, '$default'],
    ['$request.body.a.b', { 'a.b': 'echo' }, '$default'],
    ['${request.body.a}', { a: 'echo' }, 'echo'],
    ['${request.body.a}', { action: 'echo' }, '$default'],
    ['${request.body.a}/${request.body.b.c}', { a: 'chat', b: { c: 'echo' } }, 'chat/echo'],
    ['chat/${request.body.a}', { a: 'echo' }, 'chat/echo'],
    ['$request.body.a/echo', { a: 'chat' }, 'chat/echo'],
    ['${request.body.nothing}echo', {}, 'echo'],
    ['echo', { action: 'oneway' }, 'echo'],
    ['\\$default', { action: 'echo' }, '$default'],
  ])('R1: %s takes %j to the route %s', async (expression, message, routeKey) => {
    const varied = await startWithExpression(expression)
    const client = await TestClient.connect(varied.url)
    expect(await routeTaken(client, message)).toBe(routeKey)
    await client.close()
  })

  it.each([
    [{ action: 'echo' }, 'echo'],
    [{ action: 'Echo' }, '$default'],
    [{ action: ' echo' }, '$default'],
    [{ action: 'ech' }, '$default'],
    [{ action: 'echoes' }, '$default'],
    [{ action: '' }, '$default'],
    [{ action: 'toString' }, '$default'],
    [{ action: '$default' }, '$default'],
    [{}, '$default'],
    [{ action: '7' }, '7'],
  ])('R2: %j takes the route %s', expectRoute)

  it.each([
    [{ action: null }, '$default'],
    [{ action: 7 }, '7'],
    [{ action: true }, 'true'],
    [{ action: ['echo'] }, '$default'],
    [{ action: { echo: 'echo' } }, '$default'],
  ])('R2: %j takes the route %s by its string form (assumed)', expectRoute)

  async function expectRoute(message: unknown, routeKey: string): Promise<void> {
    const client = await TestClient.connect(gateway.url)
    expect(await routeTaken(client, message)).toBe(routeKey)
    await client.close()
  }

  it.each(['echo', '', '{"action":"echo"', "{action:'echo'}", '"echo"', '["echo"]', '7', 'null'])(
    'R3: the payload %j, which is no JSON object, takes $default',
    async (text) => {
      const client = await TestClient.connect(gateway.url)
      expect(await routeTaken(client, text)).toBe('$default')
      await client.close()
    },
  )
})

it('R3: a payload that is not JSON takes $default, whatever the expression', async () => {
  const varied = await startWithExpression('${request.body.nothing}echo')
  const client = await TestClient.connect(varied.url)
  expect(await routeTaken(client, '{}')).toBe('echo')
  expect(await routeTaken(client, 'text')).toBe('$default')
  await client.close()
})

describe('no route', () => {
  it.each(['{"action":"unknown"}', '{}', 'text'])(
    'R4: answers %s with the Forbidden frame, and the connection stays open',
    async (text) => {
      const strict = await withoutDefaultRoute()
      const client = await TestClient.connect(strict.url)
      client.send(text)
      const frame = await client.nextText()
      const id = '[\\w-]{15}='
      expect(frame).toMatch(
        new RegExp(`^\\{"message": "Forbidden", "connectionId":"${id}", "requestId":"${id}"\\}$`),
      )
      expect(frame).toContain(`"connectionId":"${await client.connectionId()}"`)
      await client.close()
    },
  )

  describe.each(['$connect', '$disconnect'])('the action %s', (action) => {
    it('R5: takes $default, not the route of that name (assumed)', async () => {
      const client = await TestClient.connect(gateway.url)
      expect(await routeTaken(client, { action })).toBe('$default')
      await client.close()
    })

    it('R5: takes no route when there is no $default (assumed)', async () => {
      const strict = await withoutDefaultRoute()
      const client = await TestClient.connect(strict.url)
      expect(await client.request({ action })).toMatchObject({ message: 'Forbidden' })
      const invoked = strict.need('local').trace.ofKind('invocation')
      const names = invoked.map(({ functionName }) => functionName)
      expect(names.filter((name) => name.includes('-Message'))).toEqual([])
      const connectionId = await client.connectionId()
      expect(await strict.events('MESSAGE', connectionId)).toEqual([])
      await client.close()
    })
  })
})
