import type { Model, Target } from './model.ts'

export const USERS = ['alice.recognisable', 'bob-recognisable'] as const
/** One is called like a user. */
export const ROOMS = ['bob-recognisable', 'Besprechung Zürich', '会议室・七号'] as const

export type User = (typeof USERS)[number]
export type Room = (typeof ROOMS)[number]

/** Two of each user's. */
export const DEVICES = USERS.flatMap((user) => [
  { device: `${user}/1`, user },
  { device: `${user}/2`, user },
])

/** What somebody does, or what happens to somebody. */
export type Act =
  | { readonly do: 'connect'; readonly device: string }
  /** Says goodbye, or loses its line. */
  | { readonly do: 'close' | 'cut'; readonly device: string }
  | {
      readonly do: 'join'
      readonly device: string
      readonly room: Room
      readonly announce: boolean
    }
  | { readonly do: 'leave'; readonly device: string; readonly room: Room }
  | { readonly do: 'members'; readonly device: string; readonly room: Room }
  | { readonly do: 'send'; readonly device: string; readonly to: Target; readonly echo: boolean }
  | { readonly do: 'publish'; readonly to: Target }
  | { readonly do: 'wait'; readonly seconds: number }

/** A connection that is older is replaced, before API Gateway cuts it after two hours. */
const MAX_AGE_MS = 100 * 60_000

/** The longest wait: idle connections are cut after ten minutes. */
const MAX_WAIT_SECONDS = 60

/**
 * A connection that was lost before is taken out as soon as somebody sends to it; until then its
 * handshake might be under way still, and a second goes by until that is sure.
 */
const CERTAIN_AFTER_SECONDS = 31
const SHARE_MADE_CERTAIN = 0.8

/** How often each is done, where it is possible. */
const WEIGHTS: readonly (readonly [number, Act['do']])[] = [
  [8, 'connect'],
  [1, 'close'],
  [2, 'cut'],
  [12, 'join'],
  [3, 'leave'],
  [2, 'members'],
  [12, 'send'],
  [4, 'publish'],
  [1, 'wait'],
]

/** Draws what is done next from what is possible, by numbers from 0 to below 1. */
export class Chance {
  readonly #model: Model
  readonly #random: () => number

  constructor(model: Model, random: () => number) {
    this.#model = model
    this.#random = random
  }

  nextAct(nowMs: number): Act {
    const { live, lost } = this.#model
    const isNew = ({ endedMs }: { endedMs: number }): boolean =>
      nowMs - endedMs < CERTAIN_AFTER_SECONDS * 1000
    if ([...lost.values()].some(isNew) && this.#happens(SHARE_MADE_CERTAIN)) {
      return { do: 'wait', seconds: CERTAIN_AFTER_SECONDS }
    }
    const old = [...live.values()].find(({ sinceMs }) => nowMs - sinceMs > MAX_AGE_MS)
    if (old) return { do: 'close', device: old.device }
    const names = DEVICES.map(({ device }) => device)
    const away = names.filter((device) => !live.has(device))
    const online = names.filter((device) => live.has(device))
    const possible = WEIGHTS.filter(([, act]) => {
      if (act === 'connect') return away.length > 0
      return online.length > 0 || act === 'publish' || act === 'wait'
    })
    const act = this.#pick(
      possible.flatMap(([weight, each]) => Array<typeof each>(weight).fill(each)),
    )
    if (act === 'connect') return { do: act, device: this.#pick(away) }
    if (act === 'publish') return { do: act, to: this.#target() }
    if (act === 'wait') return { do: act, seconds: Math.ceil(this.#random() * MAX_WAIT_SECONDS) }
    return this.#actOf(this.#pick(online), act)
  }

  #actOf(device: string, act: Exclude<Act['do'], 'connect' | 'publish' | 'wait'>): Act {
    switch (act) {
      case 'close':
      case 'cut':
        return { do: act, device }
      case 'join':
        return { do: act, device, room: this.#pick(ROOMS), announce: this.#happens(0.6) }
      case 'leave':
      case 'members':
        return { do: act, device, room: this.#roomOf(device) }
      case 'send':
        return { do: act, device, to: this.#target(), echo: this.#happens(0.7) }
    }
  }

  /** Mostly one that it is in. */
  #roomOf(device: string): Room {
    const own = [...this.#model.get(device).rooms.keys()]
    return this.#pick(own.length > 0 && this.#happens(0.8) ? own : ROOMS)
  }

  #target(): Target {
    const { live, known } = this.#model
    const kind = this.#pick(['room', 'room', 'room', 'user', 'user', 'connection', 'everyone'])
    if (kind === 'room') return { room: this.#pick(ROOMS) }
    if (kind === 'user') return { user: this.#pick(USERS) }
    if (kind === 'everyone') return 'everyone'
    const online = [...live.values()].map(({ connectionId }) => connectionId)
    // Most of all that there were have ended.
    return {
      connectionId: this.#pick(online.length > 0 && this.#happens(0.7) ? online : [...known]),
    }
  }

  #happens(probability: number): boolean {
    return this.#random() < probability
  }

  #pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.#random() * items.length)]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }
}
