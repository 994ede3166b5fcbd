import type { Frame } from '../../support/client.ts'
import { ROOMS, USERS, type Room } from './acts.ts'
import { demand } from './demand.ts'
import { formsOf, namesIn } from './hiding-places.ts'
import type { Connection, Model } from './model.ts'
import type { Tables } from './tables.ts'

/** Holds what devices hear and what the tables hold to the model, after each step. */
export class Judge {
  /** What rooms and users are called in the table, by `room:…` and `user:…`, as learnt so far. */
  readonly groups = new Map<string, string>()
  readonly #model: Model
  readonly #forms = new Map([...ROOMS, ...USERS].map((name) => [name, formsOf(name)]))
  /** By device, what it should hear in this step. */
  readonly #expected = new Map<string, string[]>()
  /** Who has heard of which lost connection that it has left which room. */
  readonly #heardOfLost = new Set<string>()
  /** What the tables held after the step before. */
  #before: Tables | undefined

  constructor(model: Model) {
    this.#model = model
  }

  begin(): void {
    this.#expected.clear()
  }

  /** These devices should hear it, in this step. */
  expect(audience: readonly Connection[], push: object): void {
    for (const { device } of audience) {
      const pushes = this.#expected.get(device) ?? []
      pushes.push(told({ ...push }))
      this.#expected.set(device, pushes)
    }
  }

  expectJoined(listeners: readonly Connection[], room: Room, joined: Connection): void {
    const { connectionId, user } = joined
    this.expect(listeners, { type: 'joined', group: this.#groupOf(room), connectionId, user })
  }

  expectLeft(listeners: readonly Connection[], room: Room, connectionId: string): void {
    this.expect(listeners, { type: 'left', group: this.#groupOf(room), connectionId })
  }

  /** An answer to `join` or `leave` names the room, and calls it as each time. */
  expectRoomAck(frame: Frame, room: Room): void {
    const { type, room: named, group } = frame
    const isRight = type === 'ack' && named === room && typeof group === 'string'
    demand(isRight, () => `asked for ${room}, told ${JSON.stringify(frame)}`)
    this.#learn(`room:${room}`, group)
  }

  /** What a device has heard in this step, each push once. */
  hear(device: string, pushes: readonly Frame[]): void {
    const heard = pushes.filter((push) => !this.#isOfLost(device, push)).map(told)
    const expected = this.#expected.get(device) ?? []
    const missing = expected.filter((push) => !heard.includes(push))
    const tooMuch = heard.filter((push) => !expected.includes(push))
    demand(missing.length + tooMuch.length === 0, () => {
      return `${device} has not heard [${missing.join()}], but [${tooMuch.join()}]`
    })
    demand(heard.length === expected.length, () => `${device} has heard twice: ${heard.join()}`)
  }

  /** What both tables hold after this step. */
  look(tables: Tables, nowMs: number): void {
    const names = namesIn(tables.dump, this.#forms)
    demand(names.length === 0, () => `the tables show ${names.join()}: ${tables.dump}`)
    for (const connection of this.#model.live.values()) this.#lookForLive(connection, tables)
    for (const connection of this.#model.lost.values()) this.#lookForLost(connection, tables, nowMs)
    const known = new Set([...this.#model.live.values()].map(({ connectionId }) => connectionId))
    for (const connectionId of this.#model.lost.keys()) known.add(connectionId)
    for (const connectionId of connectionsIn(tables)) {
      demand(known.has(connectionId), () => `${connectionId} is in a table, but has ended`)
    }
    this.#before = tables
  }

  #lookForLive({ connectionId, user, rooms }: Connection, tables: Tables): void {
    demand(tables.connections.has(connectionId), () => `${connectionId} is not listed`)
    const found = membershipsOf(connectionId, tables)
    const names = new Map([...rooms.keys()].map((room) => [this.#groupOf(room), room]))
    const others = [...found.keys()].filter((group) => !names.has(group))
    const [group, ...more] = others
    demand(group !== undefined && more.length === 0, () => {
      return `${connectionId} of ${user} is in groups ${others.join()} besides ${[...rooms.keys()].join()}`
    })
    this.#learn(`user:${user}`, group)
    for (const [room, heard] of rooms) {
      const isAnnounced = heard !== undefined
      demand(found.get(this.#groupOf(room)) === isAnnounced, () => {
        return `${connectionId} is in ${room}, announced: ${isAnnounced}; the table says otherwise`
      })
    }
  }

  /** Who is taken out of a room at last has been announced to all that are there now. */
  #lookForLost({ connectionId, rooms }: Connection, tables: Tables, nowMs: number): void {
    const found = membershipsOf(connectionId, tables)
    for (const [room, heard] of rooms) {
      const group = this.#groupOf(room)
      if (found.has(group)) continue
      rooms.delete(room)
      const { expiresAt = 0 } = this.#before?.groups.get(group)?.get(connectionId) ?? {}
      // Nobody is told of what has expired.
      if (heard === undefined || nowMs / 1000 >= expiresAt) continue
      for (const { device } of this.#model.audience({ room })) {
        const key = [device, connectionId, group].join(' ')
        demand(this.#heardOfLost.has(key), () => `${device} was not told that ${key} has left`)
      }
    }
    if (found.size === 0 && !tables.connections.has(connectionId)) {
      this.#model.lost.delete(connectionId)
    }
  }

  /** Whether a push tells of a lost connection: when that comes is the server's luck. */
  #isOfLost(device: string, { type, group, connectionId }: Frame): boolean {
    const lost = type === 'left' && this.#model.lost.get(String(connectionId))
    if (!lost) return false
    const room = ROOMS.find((each) => this.groups.get(`room:${each}`) === group)
    demand(room !== undefined && lost.rooms.get(room) !== undefined, () => {
      return `${device} is told that ${lost.connectionId} has left ${String(group)}, where it was not announced`
    })
    const isMember = this.#model.get(device).rooms.has(room)
    demand(isMember, () => `${device} is told of ${room}, where it is not`)
    const key = [device, lost.connectionId, group].join(' ')
    demand(!this.#heardOfLost.has(key), () => `${device} is told twice of ${lost.connectionId}`)
    this.#heardOfLost.add(key)
    return true
  }

  #learn(name: string, group: string): void {
    const before = this.groups.get(name)
    demand(before === undefined || before === group, () => `${name} is ${before}, and ${group}`)
    const other = [...this.groups].find(([each, its]) => its === group && each !== name)
    demand(!other, () => `${name} and ${other?.[0]} are both ${group}`)
    this.groups.set(name, group)
  }

  #groupOf(room: Room): string {
    const group = this.groups.get(`room:${room}`)
    if (group === undefined) throw new Error(`nobody has joined ${room}`)
    return group
  }
}

/** A push in one form; of what tells of joining and leaving without its id, which nobody foresees. */
function told({ id, ...push }: Frame): string {
  const named = push['type'] === 'message' ? { id, ...push } : push
  return JSON.stringify(Object.entries(named).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** By group, whether it is announced there. */
function membershipsOf(connectionId: string, { groups }: Tables): Map<string, boolean> {
  return new Map(
    [...groups].flatMap(([group, members]) => {
      const membership = members.get(connectionId)
      return membership ? [[group, membership.isAnnounced] as const] : []
    }),
  )
}

function connectionsIn({ connections, groups }: Tables): Set<string> {
  const ids = new Set(connections.keys())
  for (const members of groups.values()) for (const id of members.keys()) ids.add(id)
  return ids
}
