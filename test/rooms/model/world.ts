import { randomUUID } from 'node:crypto'
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Local } from '../../../local/index.ts'
import { queueUrl, sqsClient } from '../../queues/jobs.ts'
import type { Frame } from '../../support/client.ts'
import { AUDIENCE, type ClosedStack } from '../../support/closed-stack.ts'
import { DeliveryQueues } from '../../support/delivery-queues.ts'
import { DEVICES, ROOMS, type Act, type Room } from './acts.ts'
import { Device, isToldOf } from './device.ts'
import { demand } from './demand.ts'
import { Judge } from './judge.ts'
import { Model, type Connection, type Target } from './model.ts'
import { settle } from './settle.ts'
import { readTables, type Tables } from './tables.ts'

/** The most recipients of a message that does not go behind the queue, in these stacks. */
export const INLINE_LIMIT = 2

/** How often a client sends a frame again that somebody else's failure has cost. */
const MAX_ATTEMPTS = 20

/** A token's lifetime: longer than the longest run, by its moved clock. */
const TOKEN_LIFETIME_MS = 30 * 24 * 3_600_000

/** What a client was told, in the end, and how often it had to ask. */
interface Answer {
  readonly frame: Frame
  readonly attempts: number
}

/** Connections that a target has. */
interface Online {
  readonly all: number
  /** Without the sender's own, when it wants no echo. */
  readonly meant: number
}

/** Real devices on a running stack, beside the model of what they should come to. */
export class World {
  readonly model = new Model()
  readonly #stack: ClosedStack
  readonly #queues: DeliveryQueues
  readonly #sqs: SQSClient
  readonly #devices = new Map(DEVICES.map(({ device }) => [device, new Device(device)]))
  readonly #judge = new Judge(this.model)
  #tables: Tables

  private constructor(stack: ClosedStack, queues: DeliveryQueues, tables: Tables) {
    this.#stack = stack
    this.#queues = queues
    this.#sqs = sqsClient(stack.local)
    this.#tables = tables
  }

  static async on(stack: ClosedStack): Promise<World> {
    return new World(stack, await DeliveryQueues.of(stack.local), await readTables(stack.local))
  }

  get local(): Local {
    return this.#stack.local
  }

  get nowMs(): number {
    return this.local.clock.now()
  }

  /** What a room is called in the table, as far as somebody has joined it. */
  groupOf(room: Room): string | undefined {
    return this.#judge.groups.get(`room:${room}`)
  }

  /**
   * Does it, waits until all that follows from it is done, and holds the server to what the model
   * says.
   *
   * @throws Error when the server has done something else
   */
  async play(act: Act): Promise<void> {
    this.#judge.begin()
    await this.#carryOut(act)
    await this.settle()
  }

  /** Waits until nothing is under way, and looks at what has come of it. */
  async settle(): Promise<void> {
    const online = this.#online()
    await settle(this.local, this.#queues, online)
    // What was pushed to a line before its answer has arrived before it.
    await Promise.all(online.map((device) => device.ping()))
    this.#tables = await readTables(this.local)
    for (const device of online) this.#judge.hear(device.name, device.takeNew())
    this.#judge.look(this.#tables, this.nowMs)
  }

  #online(): Device[] {
    return [...this.#devices.values()].filter(({ name }) => this.model.live.has(name))
  }

  async #carryOut(act: Act): Promise<void> {
    switch (act.do) {
      case 'connect':
        return this.#connect(act.device)
      case 'close':
      case 'cut':
        return this.#end(act.device, act.do)
      case 'join':
        return this.#join(act)
      case 'leave':
        return this.#leave(act)
      case 'members':
        return this.#members(act)
      case 'send':
        return this.#send(act)
      case 'publish':
        return this.#publish(act.to)
      case 'wait':
        return this.local.clock.advance(`${act.seconds} seconds`)
    }
  }

  async #connect(name: string): Promise<void> {
    const { user } = DEVICES.find(({ device }) => device === name) ?? {}
    if (!user) throw new Error(`whose is ${name}?`)
    const exp = Math.floor((this.nowMs + TOKEN_LIFETIME_MS) / 1000)
    const token = await this.#stack.issuer.sign({ sub: user, aud: AUDIENCE, exp, rooms: ROOMS })
    for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts += 1) {
      const connectionId = await this.#device(name).connect(this.local.url, token)
      const connection = { device: name, user, sinceMs: this.nowMs }
      if (connectionId !== undefined) return this.model.connect({ ...connection, connectionId })
      // `$connect` may have written it down before it failed.
      const refused = this.local.trace.ofKind('handshake').at(-1)?.connectionId ?? ''
      this.model.connect({ ...connection, connectionId: refused })
      this.model.end(name, false, this.nowMs)
    }
    throw new Error(`${name} cannot connect`)
  }

  async #end(name: string, how: 'close' | 'cut'): Promise<void> {
    const { connectionId } = this.model.get(name)
    const end = (): void => this.#device(name).end(how)
    const isTold = await isToldOf(end, connectionId, this.local)
    const { rooms } = this.model.end(name, isTold, this.nowMs)
    if (!isTold) return
    for (const [room, heard] of rooms) {
      const members = this.model.audience({ room })
      if (heard !== undefined) this.#judge.expectLeft(members, room, connectionId)
    }
  }

  async #join({ device, room, announce }: Extract<Act, { do: 'join' }>): Promise<void> {
    // Not to announce is what happens without a word.
    const asked = announce ? { announce } : {}
    const { frame } = await this.#ask(device, { action: 'join', room, ...asked })
    this.#judge.expectRoomAck(frame, room)
    const listeners = this.model.join(device, room, announce)
    this.#judge.expectJoined(listeners, room, this.model.get(device))
  }

  async #leave({ device, room }: Extract<Act, { do: 'leave' }>): Promise<void> {
    const { frame } = await this.#ask(device, { action: 'leave', room })
    this.#judge.expectRoomAck(frame, room)
    const { connectionId } = this.model.get(device)
    this.#judge.expectLeft(this.model.leave(device, room), room, connectionId)
  }

  async #members({ device, room }: Extract<Act, { do: 'members' }>): Promise<void> {
    const { frame } = await this.#ask(device, { action: 'members', room })
    const { connectionIds } = frame
    const told = Array.isArray(connectionIds) ? connectionIds.map(String).toSorted() : []
    const listed = this.#listed({ room }).toSorted()
    const isRight = frame['type'] === 'members' && JSON.stringify(told) === JSON.stringify(listed)
    demand(isRight, () => `members of ${room} are ${listed.join()}, told ${JSON.stringify(frame)}`)
  }

  async #send({ device, to, echo }: Extract<Act, { do: 'send' }>): Promise<void> {
    const sender = this.model.get(device)
    const data = randomUUID()
    const target = to === 'everyone' ? {} : { to: 'connectionId' in to ? to.connectionId : to }
    const request = { action: 'sendmessage', ...target, ...(!echo && { echo }), data }
    // `echo` says nothing about a private message.
    const isMeant = ({ connectionId }: Connection): boolean =>
      echo || isPrivate(to) || connectionId !== sender.connectionId
    const all = this.model.audience(to)
    const audience = all.filter(isMeant)
    const answer = await this.#ask(device, request)
    const listed = this.#listed(to)
    const { connectionId: from, user } = sender
    const online = { all: all.length, meant: audience.length }
    this.#demandAnswer(answer, online, listed, to)
    const message = { type: 'message', id: answer.frame['id'], from, user, to: shown(to), data }
    this.#judge.expect(audience, message)
  }

  /** Whether the sender is told what the tables and the model say. */
  #demandAnswer({ frame, attempts }: Answer, online: Online, listed: string[], to: Target): void {
    const told = JSON.stringify(frame)
    // An attempt that failed may have taken some out of the tables.
    if (attempts === 1 && !isPrivate(to)) {
      const isQueued = frame['queued'] === true
      demand(isQueued === listed.length > INLINE_LIMIT, () => `${listed.length} listed, ${told}`)
    }
    if (frame['queued'] === true) return
    const isToSomebody = isPrivate(to) || (typeof to === 'object' && 'user' in to)
    if (isToSomebody && online.all === 0) {
      return demand(frame['code'] === 'NOT_CONNECTED', () => `nobody is online, ${told}`)
    }
    demand(frame['type'] === 'ack', () => `no ack, but ${told}`)
    demand(frame['sent'] === online.meant, () => `${online.meant} online, ${told}`)
    if (attempts > 1) return
    const lost = listed.filter((connectionId) => this.model.lost.has(connectionId)).length
    demand(frame['gone'] === lost, () => `${lost} lost, ${told}`)
  }

  async #publish(to: Target): Promise<void> {
    const [id, data] = [randomUUID(), randomUUID()]
    const target = isPrivate(to) ? to.connectionId : to
    await this.#enqueue(JSON.stringify({ to: target, data, id }))
    this.#judge.expect(this.model.audience(to), { type: 'message', id, to: shown(to), data })
  }

  /** What seems to have failed may be in the queue, and is put there again. */
  async #enqueue(MessageBody: string): Promise<void> {
    const QueueUrl = queueUrl(this.local, 'RealtimeDeliveryQueue')
    for (let attempts = 1; ; attempts += 1) {
      try {
        await this.#sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }))
        return
      } catch (error) {
        if (attempts === MAX_ATTEMPTS) throw error
      }
    }
  }

  /** The connections that a target has in the tables, as they were before this step. */
  #listed(to: Target): string[] {
    const nowSeconds = this.nowMs / 1000
    const { connections, groups } = this.#tables
    if (to === 'everyone') {
      return [...connections].flatMap(([id, expiresAt]) => (expiresAt > nowSeconds ? [id] : []))
    }
    if ('connectionId' in to) return []
    const group = this.#judge.groups.get('room' in to ? `room:${to.room}` : `user:${to.user}`)
    return [...(groups.get(group ?? '') ?? [])].flatMap(([id, { expiresAt }]) =>
      expiresAt > nowSeconds ? [id] : [],
    )
  }

  /** As a client does it: what has failed, and could have succeeded, is sent again under its id. */
  async #ask(name: string, frame: object): Promise<Answer> {
    const id = randomUUID()
    for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
      const answer = await this.#device(name).request({ ...frame, id })
      const pauseMs = answer['retryAfterMs']
      if (typeof pauseMs === 'number') await this.local.clock.advance(pauseMs)
      else if (!hasFailed(answer)) return { frame: answer, attempts }
    }
    throw new Error(`${name} has tried ${MAX_ATTEMPTS} times: ${JSON.stringify(frame)}`)
  }

  #device(name: string): Device {
    const device = this.#devices.get(name)
    if (!device) throw new Error(`no device ${name}`)
    return device
  }
}

function hasFailed({ type, code, failed }: Frame): boolean {
  // Without a type it is API Gateway's own: a function has failed.
  return type === undefined || code === 'INTERNAL' || (failed !== undefined && failed !== 0)
}

function isPrivate(to: Target): to is { connectionId: string } {
  return typeof to === 'object' && 'connectionId' in to
}

/** Whom recipients see it is for. */
function shown(to: Target): unknown {
  if (to === 'everyone') return to
  return 'room' in to ? to : 'you'
}
