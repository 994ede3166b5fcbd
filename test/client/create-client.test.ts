import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  AuthError,
  createClient,
  type Client,
  type ClientOptions,
  type MessageOf,
} from '../../client/index.ts'
import { ScriptedSocket } from './scripted-socket.ts'

interface Said {
  readonly text: string
}

const clients: Client<Said>[] = []

function create(options: Partial<ClientOptions> = {}): Client<Said> {
  const url = 'wss://example.com/prod'
  const client = createClient<Said>({ url, WebSocket: ScriptedSocket, ...options })
  clients.push(client)
  return client
}

async function createOpen(options?: Partial<ClientOptions>): Promise<Client<Said>> {
  const client = create(options)
  await nextTurn()
  ScriptedSocket.last.accept('me')
  return client
}

function say(id: string, text = id): void {
  ScriptedSocket.last.say({ type: 'message', id, from: 'other', to: 'everyone', data: { text } })
}

beforeEach(() => {
  ScriptedSocket.made.length = 0
})

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
})

describe('createClient', () => {
  it('connects by itself, once the caller has put its listeners on', async () => {
    const client = create()
    const states: string[] = []
    client.on('state', ({ state }) => states.push(state))
    expect(client.state).toBe('idle')
    await nextTurn()
    expect(ScriptedSocket.last.url).toBe('wss://example.com/prod')
    expect(ScriptedSocket.last.protocols).toEqual(['switchboard.v1'])
    ScriptedSocket.last.accept('me')
    expect(states).toEqual(['connecting', 'open'])
    expect(client.connectionId).toBe('me')
  })

  it('waits for connect() when it is told to', async () => {
    const client = create({ autoConnect: false })
    await nextTurn()
    expect(ScriptedSocket.made).toEqual([])
    const connected = client.connect()
    await nextTurn()
    ScriptedSocket.last.accept('me')
    await connected
    await client.connect()
    expect(client.state).toBe('open')
  })

  it('says what is wrong with a URL, and with a world without WebSocket', () => {
    expect(() => createClient({ url: 'nonsense', WebSocket: ScriptedSocket })).toThrow(
      /Invalid URL/,
    )
    vi.stubGlobal('WebSocket', undefined)
    expect(() => createClient({ url: 'wss://example.com' })).toThrow(/before Node 22/)
    vi.unstubAllGlobals()
  })
})

describe('getToken', () => {
  it('brings what the handshake carries', async () => {
    create({ getToken: ({ reason }) => `token-for-${reason}` })
    await nextTurn()
    expect(ScriptedSocket.last.protocols).toEqual(['switchboard.v1', 'bearer.token-for-connect'])
  })

  it('closes the client for good with an AuthError', async () => {
    const client = create({ getToken: () => Promise.reject(new AuthError('signed out')) })
    client.on('error', () => {})
    const sending = client.broadcast({ text: 'hi' })
    await expect(client.connect()).rejects.toThrow('signed out')
    await expect(sending).rejects.toBeInstanceOf(AuthError)
    await expect(client.connect()).rejects.toThrow('signed out')
    expect(client.state).toBe('closed')
    expect(ScriptedSocket.made).toEqual([])
  })

  it('is asked again after another error, which is reported', async () => {
    const getToken = vi.fn(() => Promise.reject(new Error('no network')))
    const client = create({ getToken, random: () => 0.001 })
    const errors: string[] = []
    client.on('error', ({ message }) => errors.push(message))
    await vi.waitFor(() => expect(getToken.mock.calls.length).toBeGreaterThan(2))
    expect(errors[0]).toBe('no network')
    expect(client.state).toBe('connecting')
  })

  it('is reported, too, when no handshake can carry its token', async () => {
    const client = create({ getToken: () => 'two words', random: () => 0.9 })
    const errors: string[] = []
    client.on('error', ({ name }) => errors.push(name))
    await nextTurn()
    expect(errors).toEqual(['SyntaxError'])
  })

  it('learns that nobody waits for it any more', async () => {
    const signals: AbortSignal[] = []
    const client = create({
      getToken: ({ signal }) => {
        signals.push(signal)
        return new Promise(() => {})
      },
    })
    await nextTurn()
    await client.close()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })
})

describe('broadcast and sendTo', () => {
  it('send a frame with a UUID as its id, and resolve with the ack', async () => {
    const client = await createOpen()
    const broadcast = client.broadcast({ text: 'hi' }, { echo: false })
    const { id, ...frame } = ScriptedSocket.last.lastFrame
    expect(frame).toEqual({ action: 'sendmessage', data: { text: 'hi' }, echo: false })
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/)
    ScriptedSocket.last.ack()
    expect(await broadcast).toEqual({ id: 'message', sent: 1, gone: 0, failed: 0 })
    const privately = client.sendTo('other', { text: 'psst' })
    expect(ScriptedSocket.last.lastFrame).toMatchObject({ to: 'other', data: { text: 'psst' } })
    expect(ScriptedSocket.last.lastFrame['id']).not.toBe(id)
    ScriptedSocket.last.ack()
    await privately
  })

  it('never make a message to everyone of one whose connection id is missing', async () => {
    const client = await createOpen()
    // As plain JavaScript may.
    const nobody: { readonly id?: string } = {}
    // oxlint-disable-next-line no-non-null-assertion -- what this test is about
    const privately = client.sendTo(nobody.id!, { text: 'psst' })
    expect(ScriptedSocket.last.lastFrame).toHaveProperty('to')
    ScriptedSocket.last.ack()
    await privately
  })

  it('take 32 KB at most, as API Gateway does', async () => {
    const client = await createOpen()
    const empty = client.broadcast({ text: '' })
    const room = 32 * 1024 - (ScriptedSocket.last.sent.at(-1) ?? '').length
    ScriptedSocket.last.ack()
    await empty
    const tooLong = client.broadcast({ text: `${'ü'.repeat((room - 1) / 2)}xx` })
    await expect(tooLong).rejects.toMatchObject({ code: 'TOO_LARGE' })
    const fits = client.broadcast({ text: 'x'.repeat(room) })
    expect(ScriptedSocket.last.sent.at(-1)).toHaveLength(32 * 1024)
    ScriptedSocket.last.ack()
    await fits
  })

  it('tell by a rejection what cannot be written as JSON', async () => {
    const client = createClient<bigint>({ url: 'wss://example.com', WebSocket: ScriptedSocket })
    await expect(client.broadcast(1n)).rejects.toBeInstanceOf(TypeError)
    await client.close()
  })

  it('give up with the reason of their signal, also before they began', async () => {
    const client = await createOpen()
    const sentBefore = ScriptedSocket.last.sent.length
    const aborted = AbortSignal.abort(new Error('before'))
    await expect(client.broadcast({ text: 'a' }, { signal: aborted })).rejects.toThrow('before')
    expect(ScriptedSocket.last.sent).toHaveLength(sentBefore)
    const controller = new AbortController()
    const sending = client.broadcast({ text: 'b' }, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(sending).rejects.toThrow('enough')
  })

  it('give up after their time, or the one of the client', async () => {
    const client = create({ timeoutMs: 10 })
    await expect(client.broadcast({ text: 'a' })).rejects.toMatchObject({ code: 'TIMEOUT' })
    const sending = client.sendTo('other', { text: 'b' }, { timeoutMs: 5 })
    await expect(sending).rejects.toMatchObject({ code: 'TIMEOUT' })
  })
})

describe('a listener', () => {
  it('hears until it is undone', async () => {
    const client = await createOpen()
    const texts: string[] = []
    const off = client.on('message', ({ data }) => texts.push(data.text))
    say('1')
    off()
    say('2')
    expect(texts).toEqual(['1'])
  })

  it('that throws is reported, and breaks nothing', async () => {
    const client = await createOpen()
    const errors: Error[] = []
    const texts: string[] = []
    client.on('error', (error) => errors.push(error))
    client.on('message', () => {
      throw new Error('mine')
    })
    client.on('message', ({ data }) => texts.push(data.text))
    say('1')
    say('2')
    await nextTurn()
    expect(errors.map(({ message }) => message)).toEqual(['mine', 'mine'])
    expect(texts).toEqual(['1', '2'])
  })

  it('may be async: its rejection is reported, too', async () => {
    const client = await createOpen()
    const errors: string[] = []
    client.on('error', ({ message }) => errors.push(message))
    client.on('message', () => Promise.reject(new Error('later')))
    say('1')
    await nextTurn()
    expect(errors).toEqual(['later'])
  })

  it('of errors that throws, or is missing, leaves them to the console', async () => {
    const write = vi.spyOn(console, 'error').mockImplementation(() => {})
    const client = await createOpen()
    client.on('message', () => {
      throw new Error('mine')
    })
    say('1')
    await nextTurn()
    client.on('error', () => {
      throw new Error('worse')
    })
    say('2')
    await nextTurn()
    expect(write.mock.calls.map(([error]: unknown[]) => String(error))).toEqual([
      'Error: mine',
      'Error: worse',
    ])
    write.mockRestore()
  })

  it('may send, close and listen in the middle of it', async () => {
    const client = await createOpen()
    const settled = new Promise((resolve) => {
      client.on('message', () => {
        void client.broadcast({ text: 'back' }).catch(resolve)
        void client.close()
      })
    })
    say('1')
    expect(await settled).toMatchObject({ code: 'CLOSED' })
    expect(client.state).toBe('closed')
  })
})

describe('messages()', () => {
  it('brings each from the call on, and ends when the client closes', async () => {
    const client = await createOpen()
    say('before')
    const messages = client.messages()
    say('1')
    say('2')
    const texts: string[] = []
    for await (const { data } of messages) {
      texts.push(data.text)
      if (data.text === '2') setImmediate(() => say('3'))
      if (data.text === '3') void client.close()
    }
    expect(texts).toEqual(['1', '2', '3'])
    for await (const { id } of client.messages()) texts.push(id)
    expect(texts).toHaveLength(3)
  })

  it('rejects with the reason of its signal', async () => {
    const client = await createOpen()
    const controller = new AbortController()
    const next = client.messages({ signal: controller.signal }).next()
    controller.abort(new Error('enough'))
    await expect(next).rejects.toThrow('enough')
    const aborted = client.messages({ signal: AbortSignal.abort(new Error('before')) })
    await expect(aborted.next()).rejects.toThrow('before')
  })

  it('listens no longer when its loop is left', async () => {
    const client = await createOpen()
    const messages = client.messages()
    say('1')
    for await (const { id } of messages) {
      expect(id).toBe('1')
      break
    }
    expect(await messages.next()).toEqual({ done: true, value: undefined })
  })

  it('ends with an error when its loop does not keep up', async () => {
    const client = await createOpen()
    const messages: AsyncIterable<MessageOf<Said>> = client.messages()
    for (let n = 0; n < 10_001; n += 1) say(String(n))
    let read = 0
    const loop = (async () => {
      for await (const _ of messages) read += 1
    })()
    await expect(loop).rejects.toMatchObject({ code: 'QUEUE_FULL' })
    expect(read).toBeGreaterThanOrEqual(10_000)
  })
})

describe('close()', () => {
  it('closes with 1000 and resolves when it is closed; so does the end of a block', async () => {
    const client = await createOpen()
    const sending = client.broadcast({ text: 'a' }).catch((error: unknown) => error)
    await Promise.all([client.close(), client.close()])
    expect(ScriptedSocket.last.closeCode).toBe(1_000)
    expect(await sending).toMatchObject({ code: 'CLOSED' })
    const other = await createOpen()
    await other[Symbol.asyncDispose]()
    expect(other.state).toBe('closed')
  })

  it('leaves no timer behind', async () => {
    const timers = new Set<object>()
    const client = await createOpen({
      clock: {
        now: () => Date.now(),
        after(milliseconds, task) {
          const timer = setTimeout(task, milliseconds)
          timers.add(timer)
          return () => {
            clearTimeout(timer)
            timers.delete(timer)
          }
        },
      },
    })
    expect(timers.size).toBe(1)
    await client.close()
    expect(timers.size).toBe(0)
  })
})

describe('a page', () => {
  it('that is visible again, or online again, tries at once', async () => {
    const page = new EventTarget()
    // So that the global object passes for one.
    vi.stubGlobal('EventTarget', Object)
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
    vi.stubGlobal('document', { hidden: false })
    const client = await createOpen({ random: () => 0.999 })
    client.on('error', () => {})
    ScriptedSocket.last.fire('close')
    expect(ScriptedSocket.made).toHaveLength(1)
    page.dispatchEvent(new Event('online'))
    await nextTurn()
    expect(ScriptedSocket.made).toHaveLength(2)
    ScriptedSocket.last.fire('close')
    vi.stubGlobal('document', { hidden: true })
    page.dispatchEvent(new Event('visibilitychange'))
    await nextTurn()
    expect(ScriptedSocket.made).toHaveLength(2)
    vi.stubGlobal('document', { hidden: false })
    page.dispatchEvent(new Event('visibilitychange'))
    await nextTurn()
    expect(ScriptedSocket.made).toHaveLength(3)
    ScriptedSocket.last.fire('close')
    vi.stubGlobal('document', { hidden: true })
    page.dispatchEvent(new Event('online'))
    await nextTurn()
    expect(ScriptedSocket.made).toHaveLength(4)
    vi.unstubAllGlobals()
  })
})
