import { AuthError } from '../../../client/errors.ts'
import type { Effect, MachineEvent } from '../../../client/machine.ts'
import { ANNOUNCED, IN, OUT } from '../../../client/presence.ts'
import { Dice } from '../../hostile/dice.ts'
import { ModelClient, type Surroundings } from './client.ts'
import { Line } from './line.ts'
import type { RoomName } from './memberships.ts'
import { hasFaults, type Act, type Script } from './script.ts'
import { line as storyLine } from './story.ts'
import { Switchboard, type Accepted } from './switchboard.ts'
import { START_MS, Timeline } from './timeline.ts'

type Door = Extract<Act, { do: 'door' }>['door']
type TokenMishap = Extract<Act, { do: 'token' }>['token']

/** A connection is not replaced because such a token ends. */
const LONG_TOKEN_MS = 2 * 3_600_000

/** The client's own timeout for what the app sets none. */
const LEAVE_MS = 120_000

/** What goes wrong with a client for a while, and until when. */
interface Trouble {
  door?: { readonly kind: Door; readonly untilMs: number }
  token?: { readonly kind: TokenMishap; readonly untilMs: number }
}

/** Clients, a network and a server in virtual time, to which a script happens. */
export class World implements Surroundings {
  readonly timeline = new Timeline()
  readonly dice: Dice
  readonly server: Switchboard
  readonly clients: readonly ModelClient[]
  /** Who was open when a message was accepted. */
  readonly audiences = new Map<Accepted, readonly ModelClient[]>()
  /** When the last fault is over. */
  faultsEndMs = START_MS
  /** Called whenever a client has a new connection. */
  onConnected: (client: ModelClient) => void = () => {}
  readonly #script: Script
  readonly #story: string[] | undefined
  readonly #troubles = new Map<ModelClient, Trouble>()
  #messages = 0

  /** @param story gets a line for all that happens */
  constructor(script: Script, story?: string[]) {
    const { seed, clients, maxPending } = script
    this.#script = script
    this.#story = story
    this.dice = new Dice(seed)
    this.server = new Switchboard(this.timeline, new Dice(seed + 1), (accepted) => {
      const { to } = accepted
      const audience = this.clients.filter(({ state, rooms }) => {
        return state === 'open' && (typeof to !== 'object' || rooms.in.has(to.room))
      })
      this.audiences.set(accepted, audience)
    })
    this.server.delivery = script.delivery
    this.clients = Array.from({ length: clients }, (_, index) => {
      return new ModelClient(`client ${index + 1}`, seed + 2 + index, maxPending, this)
    })
    for (const client of this.clients) this.#troubles.set(client, {})
  }

  get hasFaults(): boolean {
    return hasFaults(this.#script)
  }

  get quietMs(): number {
    return this.#script.quietMs
  }

  get hasLongTokens(): boolean {
    return this.#script.tokenLifetimeMs > LONG_TOKEN_MS
  }

  /** Plays the script, until its last fault is over. */
  play(): void {
    let atMs = START_MS
    for (const client of this.clients) {
      this.timeline.at(atMs, () => client.take({ type: 'connect' }))
    }
    for (const { afterMs, client: index, act } of this.#script.steps) {
      atMs += afterMs
      const client = this.clients[index % this.clients.length]
      if (client) this.timeline.at(atMs, () => this.#do(client, act))
    }
    this.timeline.runUntil(atMs)
    this.timeline.runUntil(Math.max(atMs, this.faultsEndMs))
    this.server.mishaps.clear()
    this.server.barred.clear()
  }

  /** A message of the client's app. Returns its id. */
  send(client: ModelClient, to: Extract<Act, { do: 'send' }>['to'], timeoutMs: number): string {
    const id = this.#newId()
    const peer = this.clients[(this.clients.indexOf(client) + 1) % this.clients.length]
    const target = {
      everyone: undefined,
      others: undefined,
      peer: peer?.connectionId,
      nobody: 'x=',
      red: { room: 'red' },
      blue: { room: 'blue' },
    }
    const echo = to !== 'others'
    const frame = { action: 'sendmessage', id, data: id, to: target[to], ...(!echo && { echo }) }
    const room = to === 'red' || to === 'blue' ? to : undefined
    client.send({ id, text: JSON.stringify(frame), echo, timeoutMs, room })
    return id
  }

  /** As `crypto.randomUUID`, one that the client itself does not take. */
  #newId(): string {
    this.#messages += 1
    return `app-${this.#messages}`
  }

  /** A message of somebody else. Returns its id. */
  publish(to: 'everyone' | RoomName = 'everyone', delivery = this.#script.delivery): string {
    this.#messages += 1
    const id = `news-${this.#messages}`
    this.server.publish(id, to === 'everyone' ? to : { room: to }, delivery)
    return id
  }

  getToken(client: ModelClient, socket: number): void {
    const { timeline } = this
    const trouble = this.#current(client).token
    // Later than it is waited for.
    const lateMs = trouble === 'late' ? 40_000 : 0
    timeline.after(lateMs + this.#dice(client, socket).below(1_000), () => {
      if (trouble === 'fails' || trouble === 'signed out') {
        const isFinal = trouble === 'signed out'
        const error = isFinal ? new AuthError('signed out') : new Error('no token now')
        return client.take({ type: 'tokenFailed', socket, error, final: isFinal })
      }
      const endsMs = timeline.nowMs + this.#script.tokenLifetimeMs
      if (endsMs === Infinity) return client.take({ type: 'token', socket })
      client.take({ type: 'token', socket, token: String(endsMs), expiresAtMs: endsMs })
    })
  }

  connect(client: ModelClient, socket: number, token: string | undefined): Line {
    const line = new Line(this.timeline, this.#dice(client, socket), {
      opened: () => client.take({ type: 'opened', socket }),
      frame: (text) => client.take({ type: 'frame', socket, text }),
      dropped: () => client.take({ type: 'dropped', socket }),
    })
    line.knock(() => {
      const { door } = this.#current(client)
      const endsMs = Number(token ?? Infinity)
      if (door === 'shut' || endsMs <= this.timeline.nowMs) return line.end()
      // It is let in, and does not hear of it.
      if (door === 'silent') line.halve({ up: false, down: true })
      this.server.connect(line, client.name, endsMs)
      // It is let in, answered, and sent away.
      if (door === 'swings') this.timeline.after(2_000, () => line.end())
    })
    return line
  }

  isAccepted(id: string): boolean {
    return this.server.accepted.has(id)
  }

  tell(client: ModelClient, event: MachineEvent, effects: readonly Effect[]): void {
    if (event.type !== 'tick' || effects.length > 0) {
      this.#story?.push(storyLine(this.timeline.nowMs, client.name, event, effects))
    }
    const isNew = effects.some((each) => each.type === 'emit' && each.name === 'connected')
    if (isNew) this.onConnected(client)
  }

  #do(client: ModelClient, act: Act): void {
    this.#story?.push(storyLine(this.timeline.nowMs, client.name, act))
    const { nowMs } = this.timeline
    if ('forMs' in act) this.faultsEndMs = Math.max(this.faultsEndMs, nowMs + act.forMs)
    switch (act.do) {
      case 'connect':
      case 'close':
      case 'nudge':
        return client.take({ type: act.do })
      case 'cancel':
        return client.cancel()
      case 'send':
        for (let n = 0; n < act.count; n += 1) this.send(client, act.to, act.timeoutMs)
        return
      case 'news':
        return void this.publish(act.to, act.delivery)
      case 'join': {
        const { room, announce, timeoutMs } = act
        return client.want({ id: this.#newId(), room, wish: announce ? ANNOUNCED : IN, timeoutMs })
      }
      case 'leave':
        return client.want({ id: this.#newId(), room: act.room, wish: OUT, timeoutMs: LEAVE_MS })
      case 'bar':
        return this.#bar(client, act)
      case 'mishap': {
        const planned = this.server.mishaps.get(client.name) ?? []
        const more = Array.from({ length: act.count }, () => act.mishap)
        return void this.server.mishaps.set(client.name, [...planned, ...more])
      }
      case 'kick':
        return this.server.kick(client.name)
      case 'jump':
        return client.jump(act.byMs)
      case 'sleep':
        return client.sleep(act.forMs)
      case 'throttle':
        client.throttledUntilMs = nowMs + act.forMs
        return
      case 'door':
      case 'token':
        return this.#trouble(client, act)
      case 'noise':
      case 'cut':
      case 'halve':
      case 'stall':
        for (const line of client.lines) this.#disturb(line, act)
    }
  }

  /** Lets it into a room no more, for a while. */
  #bar({ name }: ModelClient, { room, forMs }: Extract<Act, { do: 'bar' }>): void {
    const { barred } = this.server
    barred.set(name, new Set([...(barred.get(name) ?? []), room]))
    this.timeline.after(forMs, () => void barred.delete(name))
  }

  #trouble(client: ModelClient, act: Extract<Act, { do: 'door' | 'token' }>): void {
    const untilMs = this.timeline.nowMs + act.forMs
    const troubles = this.#troubles.get(client) ?? {}
    if (act.do === 'door') troubles.door = { kind: act.door, untilMs }
    else troubles.token = { kind: act.token, untilMs }
  }

  #disturb(line: Line, act: Extract<Act, { do: 'noise' | 'cut' | 'halve' | 'stall' }>): void {
    switch (act.do) {
      case 'noise':
        return line.toClient(act.text)
      case 'cut':
        return line.cut(act.late)
      case 'halve':
        return line.halve(act)
      case 'stall':
        return line.stall(this.timeline.nowMs + act.forMs)
    }
  }

  /** The trouble that a client has now. */
  #current(client: ModelClient): { door: Door | undefined; token: TokenMishap | undefined } {
    const { nowMs } = this.timeline
    const { door, token } = this.#troubles.get(client) ?? {}
    return {
      door: door && door.untilMs > nowMs ? door.kind : undefined,
      token: token && token.untilMs > nowMs ? token.kind : undefined,
    }
  }

  /** Chance of each socket's own: what is left out of a script changes nothing elsewhere. */
  #dice(client: ModelClient, socket: number): Dice {
    return new Dice(this.#script.seed + 1_000 * (this.clients.indexOf(client) + 1) + socket)
  }
}
