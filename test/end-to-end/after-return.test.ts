import { expect, it } from 'vitest'
import { TestClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { startFixture } from '../support/fixture.ts'
import { startStack } from '../support/stack.ts'

it.each(['at once', 'later'])(
  'a call that a handler has not awaited is reported: made %s',
  async (leaves) => {
    const local = await startFixture()
    const client = await TestClient.connect(local.url)
    client.send({ action: 'echo', leaves, returns: { statusCode: 200, body: '{}' } })
    await client.next()
    const [report] = await eventually(() => {
      const reports = local.trace.ofKind('afterReturn')
      return reports.length > 0 && reports
    })
    expect(report).toMatchObject({
      functionName: expect.stringMatching(/-Message/),
      action: 'dynamodb:PutItem',
      resource: expect.stringMatching(/:table\/Fixture-/),
    })
    await local.close()
  },
)

it('Switchboard’s own functions leave nothing behind', async () => {
  const local = await startStack()
  const client = await TestClient.connect(local.url)
  const other = await TestClient.connect(local.url)
  const to = await other.connectionId()
  for (const message of [
    { action: 'sendmessage', data: 1 },
    { action: 'sendmessage', to, data: 1 },
    { action: 'sendmessage', to: 'AAAAAAAAAAAAAAA=', data: 1 },
    'BROADCAST:hi',
    `PRIVATE:${to}:hi`,
    { action: 'nope' },
  ]) {
    await client.request(message)
  }
  await client.close()
  await other.close()
  await eventually(() => local.trace.ofKind('invocation').length === 10)
  expect(local.trace.ofKind('afterReturn')).toEqual([])
  await local.close()
})
