import { once, EventEmitter } from 'node:events'
import * as v from 'valibot'
import type { Local } from '../local/index.ts'
import { Meter } from './meter.ts'
import { MeteredClient } from './metered-client.ts'
import { dollars, type Operations } from './prices.ts'
import { rounded } from './statistics.ts'

/** One event is as good as another for counts; for times their mean is better. */
export const REPEATS = 10

/** What a message carries: with its envelope, far from the 32 KB that count twice. */
const DATA = 'x'.repeat(100)

/** What one event takes, and a million of them cost. */
export interface Cost extends Operations {
  readonly event: string
  readonly dollarsPerMillion: number
}

/** Lets clients of a local stack do things, and counts what each of them takes. */
export class Ledger {
  readonly #local: Local
  readonly #meter: Meter
  readonly #headers: Readonly<Record<string, string>>
  readonly #clients: MeteredClient[] = []
  readonly #happenings = new EventEmitter()
  #rooms = 0

  /** @param headers what a client shows */
  constructor(local: Local, headers: Readonly<Record<string, string>> = {}) {
    this.#local = local
    this.#meter = new Meter(local)
    this.#headers = headers
    local.trace.subscribe(({ kind }) => void this.#happenings.emit(kind))
  }

  /** One more client, which the events after it have. */
  connect(event: string): Promise<Cost> {
    return this.#each(event, () => this.#connect())
  }

  /** One client less, which was in so many rooms; two are left. */
  async disconnect(event: string, rooms = 0): Promise<Cost> {
    await this.useOnly(2 + REPEATS + 1)
    for (const client of this.#clients.slice(-REPEATS - 1)) {
      for (let index = 0; index < rooms; index += 1) await this.#use('join', client)
    }
    return this.#each(event, () => this.#disconnect())
  }

  ping(): Promise<Cost> {
    return this.#each('ping', async () => {
      await this.#ping()
    })
  }

  async private(): Promise<Cost> {
    const [recipient, sender] = this.#clients
    const pong = v.parse(v.object({ connectionId: v.string() }), JSON.parse(await this.#ping()))
    return this.#each('private message', async () => {
      sender?.send({ action: 'sendmessage', to: pong.connectionId, data: DATA })
      await Promise.all([recipient?.take('{"type":"message"'), sender?.take('{"type":"ack"')])
    })
  }

  /** Of one client, a new room each time. */
  join(): Promise<Cost> {
    return this.#each('join', () => this.#use('join'))
  }

  /** Of the same, the rooms that it has joined. */
  leave(): Promise<Cost> {
    return this.#each('leave', () => this.#use('leave'))
  }

  /** By one client to all that there are. */
  broadcast(event: string, to?: { readonly room: string }): Promise<Cost> {
    return this.#each(event, async () => {
      const [sender] = this.#clients
      sender?.send({ action: 'sendmessage', data: DATA, ...(to && { to }) })
      await Promise.all(this.#clients.map((client) => client.take('{"type":"message"')))
      await sender?.take('{"type":"ack"')
    })
  }

  /** The same, once all of them are in a room. */
  async toRoom(event: string): Promise<Cost> {
    const room = 'everybody'
    for (const client of this.#clients) {
      client.send({ action: 'join', room })
      await client.take('{"type":"ack"')
    }
    return this.broadcast(event, { room })
  }

  /** Lets others connect or leave until so many are there. */
  async useOnly(count: number): Promise<void> {
    while (this.#clients.length > count) await this.#disconnect()
    await this.connectUpTo(count)
  }

  /** One by one: the next finds the function warm, which is as fast as many cold ones at a time. */
  async connectUpTo(count: number): Promise<void> {
    while (this.#clients.length < count) await this.#connect()
  }

  /** What an event takes: the mean of several, after one that is for warming up. */
  async #each(event: string, happen: () => Promise<void>): Promise<Cost> {
    await happen()
    await this.#meter.read()
    this.#meter.restart()
    for (let count = 0; count < REPEATS; count += 1) await happen()
    const total = await this.#meter.read()
    const operations = {
      messages: total.messages / REPEATS,
      invocations: total.invocations / REPEATS,
      gigabyteSeconds: total.gigabyteSeconds / REPEATS,
      readUnits: total.readUnits / REPEATS,
      writeUnits: total.writeUnits / REPEATS,
      queueRequests: total.queueRequests / REPEATS,
    }
    const dollarsPerMillion = rounded(dollars(operations) * 1e6, 3)
    return { event, ...operations, dollarsPerMillion }
  }

  async #connect(): Promise<void> {
    const { url } = this.#local
    this.#clients.push(await MeteredClient.connect(url, this.#meter, this.#headers))
  }

  async #disconnect(): Promise<void> {
    // Until it has run: the next one would find it busy, and begin cold.
    const told = once(this.#happenings, 'invocation')
    await this.#clients.pop()?.close()
    await told
  }

  async #ping(): Promise<string> {
    const [client] = this.#clients
    client?.send({ action: 'ping' })
    return (await client?.take('{"type":"pong"')) ?? ''
  }

  /** Joins a new room, or leaves the last one. */
  async #use(action: 'join' | 'leave', client = this.#clients[0]): Promise<void> {
    if (action === 'join') this.#rooms += 1
    client?.send({ action, room: `room ${this.#rooms}` })
    if (action === 'leave') this.#rooms -= 1
    await client?.take('{"type":"ack"')
  }
}
