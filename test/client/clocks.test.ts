import { afterEach, describe, expect, it } from 'vitest'
import { createClient } from '../../client/create-client.ts'
import type { Client, Clock } from '../../client/types.ts'
import { EventQueue } from '../../bench/simulation/event-queue.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** A machine's: timers go by the time that passes while it is awake, `now` by what the clock shows. */
class Machine implements Clock {
  readonly #queue = new EventQueue()
  #shownMs = Date.UTC(2026, 0, 1)

  now(): number {
    return this.#shownMs + this.#queue.now()
  }

  after(milliseconds: number, task: () => void): () => void {
    let isCancelled = false
    this.#queue.after(milliseconds, () => {
      if (!isCancelled) task()
    })
    return () => {
      isCancelled = true
    }
  }

  /** The clock is set, or no timer runs because the machine is asleep. */
  jump(milliseconds: number): void {
    this.#shownMs += milliseconds
  }

  /** In steps, between which promises are kept. */
  async pass(milliseconds: number): Promise<void> {
    const endMs = this.#queue.now() + milliseconds
    while (this.#queue.now() < endMs) {
      this.#queue.run(Math.min(endMs, this.#queue.now() + SECOND))
      await Promise.resolve()
      await Promise.resolve()
    }
  }
}

type Listener = (event: { readonly data: unknown }) => void

/** A socket that opens when it is told to, and answers pings while `answers` is on. */
class FakeSocket {
  static all: FakeSocket[] = []
  static answers = true
  readonly #listeners = new Map<string, Listener[]>()
  readonly sent: string[] = []

  constructor() {
    FakeSocket.all.push(this)
  }

  addEventListener(name: string, listener: Listener): void {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener])
  }

  send(text: string): void {
    this.sent.push(text)
    if (FakeSocket.answers) this.say({ type: 'pong', connectionId: `c${FakeSocket.all.length}` })
  }

  close(): void {}

  open(): void {
    this.#tell('open')
  }

  say(frame: object): void {
    queueMicrotask(() => this.#tell('message', JSON.stringify(frame)))
  }

  #tell(name: string, data?: unknown): void {
    for (const listener of this.#listeners.get(name) ?? []) listener({ data })
  }
}

let client: Client<unknown> | undefined

afterEach(() => {
  FakeSocket.all = []
  FakeSocket.answers = true
  void client?.close()
})

function start(machine: Machine, getToken?: () => string): Client<unknown> {
  client = createClient<unknown>({
    url: 'ws://localhost/prod',
    WebSocket: FakeSocket,
    clock: machine,
    random: () => 0.5,
    ...(getToken ? { getToken } : {}),
  })
  client.on('error', () => {})
  return client
}

async function connected(machine: Machine, getToken?: () => string): Promise<Client<unknown>> {
  const started = start(machine, getToken)
  await machine.pass(SECOND)
  FakeSocket.all.at(-1)?.open()
  await machine.pass(SECOND)
  expect(started.state).toBe('open')
  return started
}

describe('a clock that is set back', () => {
  it('does not let a line live that owes an answer', async () => {
    const machine = new Machine()
    const owed = await connected(machine)
    FakeSocket.answers = false
    // It is asked, and the clock set within the five seconds.
    await machine.pass(7.25 * MINUTE)
    expect(FakeSocket.all[0]?.sent.length).toBe(2)
    machine.jump(-HOUR)
    await machine.pass(2 * MINUTE)
    expect(owed.state).toBe('reconnecting')
  })

  it('does not let a connection be made for ever', async () => {
    const machine = new Machine()
    start(machine)
    await machine.pass(SECOND)
    machine.jump(-HOUR)
    await machine.pass(2 * MINUTE)
    expect(FakeSocket.all.length).toBeGreaterThan(1)
  })

  it('does not keep a message longer than it may wait', async () => {
    const machine = new Machine()
    const sent = start(machine).broadcast('hello', { timeoutMs: MINUTE })
    const outcome = sent.then(
      () => 'sent',
      (error: unknown) => error,
    )
    machine.jump(-HOUR)
    await machine.pass(5 * MINUTE)
    expect(await Promise.race([outcome, Promise.resolve('still waiting')])).toMatchObject({
      code: 'TIMEOUT',
    })
  })
})

describe('a machine that was asleep', () => {
  it('asks a line of which it only hears what came before', async () => {
    const machine = new Machine()
    const slept = await connected(machine)
    FakeSocket.answers = false
    machine.jump(30 * MINUTE)
    const message = { type: 'message', id: 'm', from: 'x', to: 'everyone', data: 1 }
    FakeSocket.all[0]?.say(message)
    await machine.pass(MINUTE)
    expect(slept.state).toBe('reconnecting')
  })
})

describe('a clock that is ahead', () => {
  it('replaces the connection every minute, and not more often, while its tokens seem to have ended', async () => {
    const machine = new Machine()
    const getToken = (): string => {
      // As the server sees it, it is good for an hour: this clock is two hours ahead. To believe it
      // costs a connection a minute; not to would lose messages when it has ended indeed.
      const exp = Math.floor((machine.now() - HOUR) / 1_000)
      return `e30.${btoa(JSON.stringify({ exp }))}.x`
    }
    await connected(machine, getToken)
    const answered = new Set(FakeSocket.all.slice(-1))
    for (let second = 0; second < 3_600; second += 5) {
      await machine.pass(5 * SECOND)
      const [last] = FakeSocket.all.slice(-1)
      if (last && !answered.has(last)) last.open()
      if (last) answered.add(last)
    }
    expect(FakeSocket.all.length).toBeGreaterThan(45)
    expect(FakeSocket.all.length).toBeLessThan(63)
  })
})
