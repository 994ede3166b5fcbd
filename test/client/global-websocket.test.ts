import { expect, it, onTestFinished } from 'vitest'
import { createClient } from '../../client/index.ts'
import { eventually } from '../support/eventually.ts'
import { startStack } from '../support/stack.ts'

it('without an option it takes the WebSocket that Node has of its own', async ({ skip }) => {
  skip(!('WebSocket' in globalThis), 'Node has one from 22 on')
  const local = await startStack()
  onTestFinished(() => local.close())
  const heard: unknown[] = []
  {
    await using client = createClient({ url: local.url })
    client.on('message', ({ data }) => heard.push(data))
    await client.connect()
    expect(await client.broadcast('hi')).toMatchObject({ sent: 1, gone: 0, failed: 0 })
    await eventually(() => heard.length > 0)
    // A line that is cut, and comes back.
    await local.clock.advance('10 minutes')
    expect(await client.broadcast('again')).toMatchObject({ sent: 1, failed: 0 })
    await eventually(() => heard.length > 1)
  }
  expect(heard).toEqual(['hi', 'again'])
})

it('before Node 22 it says that it needs one', ({ skip }) => {
  skip('WebSocket' in globalThis, 'this Node has a WebSocket of its own')
  expect(() => createClient({ url: 'ws://localhost' })).toThrow(/Node 22/)
})
