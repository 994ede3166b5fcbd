import { getEventListeners } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, expect, it, vi } from 'vitest'
import { createClient, type Client, type ClientOptions } from '../../client/index.ts'
import { ScriptedSocket } from './scripted-socket.ts'

afterEach(() => vi.unstubAllGlobals())

async function createOpen(options: Partial<ClientOptions> = {}): Promise<Client<string>> {
  const url = 'wss://example.com/prod'
  const client = createClient<string>({ url, WebSocket: ScriptedSocket, ...options })
  await nextTurn()
  ScriptedSocket.last.accept('me')
  return client
}

it('a signal is not listened to any more when its message is settled, or its loop is over', async () => {
  const client = await createOpen()
  const { signal } = new AbortController()
  const sending = client.broadcast('hi', { signal })
  const messages = client.messages({ signal })
  expect(getEventListeners(signal, 'abort')).toHaveLength(2)
  ScriptedSocket.last.ack()
  await sending
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  await messages.return?.()
  expect(getEventListeners(signal, 'abort')).toEqual([])
  await client.close()
})

it('a page is not listened to any more when the client is closed', async () => {
  const page = new EventTarget()
  // So that the global object passes for one.
  vi.stubGlobal('EventTarget', Object)
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  const client = await createOpen()
  const count = (): number => {
    return ['online', 'visibilitychange'].flatMap((name) => getEventListeners(page, name)).length
  }
  expect(count()).toBe(2)
  await client.close()
  expect(count()).toBe(0)
})

it('close() waits for two seconds for a line that does not answer, and not longer', async () => {
  const timers: { readonly milliseconds: number; readonly task: () => void }[] = []
  const clock = {
    now: () => Date.now(),
    after(milliseconds: number, task: () => void) {
      const timer = { milliseconds, task }
      timers.push(timer)
      return () => void timers.splice(timers.indexOf(timer), 1)
    },
  }
  const client = await createOpen({ clock })
  const close = vi.spyOn(ScriptedSocket.last, 'close').mockImplementation(() => {})
  const closed = client.close()
  expect(close).toHaveBeenCalledWith(1_000)
  expect(timers.map(({ milliseconds }) => milliseconds)).toEqual([2_000])
  timers[0]?.task()
  await closed
})

it("a socket's error, which the `ws` of Node throws if nobody listens, is listened to", async () => {
  const client = await createOpen()
  expect(() => ScriptedSocket.last.fire('error')).not.toThrow()
  await client.close()
})
