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
  [10, 'connect'],
  [1, 'close'],
  [2, 'cut'],
  [10, 'join'],
  [3, 'leave'],
  [1, 'members'],
  [12, 'send'],
  [4, 'publish'],
  [1, 'wait'],
]

/** What is done next, drawn from what is possible now. */
export function nextAct(model: Model, nowMs: number, random: () => number): Act {
  const hasJustLost = [...model.lost.values()].some(
    ({ endedMs }) => nowMs - endedMs < CERTAIN_AFTER_SECONDS * 1000,
  )
  if (hasJustLost && random() < SHARE_MADE_CERTAIN) {
    return { do: 'wait', seconds: CERTAIN_AFTER_SECONDS }
  }
  const pick = <Item>(items: readonly [Item, ...Item[]]): Item =>
    items[Math.floor(random() * items.length)] ?? items[0]
  const online = DEVICES.filter(({ device }) => model.live.has(device)).map(({ device }) => device)
  const away = DEVICES.filter(({ device }) => !model.live.has(device)).map(({ device }) => device)
  const old = online.find((device) => nowMs - (model.live.get(device)?.sinceMs ?? 0) > MAX_AGE_MS)
  if (old !== undefined) return { do: 'close', device: old }
  const possible = WEIGHTS.filter(([, act]) => {
    if (act === 'connect') return away.length > 0
    return online.length > 0 || act === 'publish' || act === 'wait'
  })
  const act = pick(
    nonEmpty(possible.flatMap(([weight, each]) => Array<Act['do']>(weight).fill(each))),
  )
  switch (act) {
    case 'connect':
      return { do: act, device: pick(nonEmpty(away)) }
    case 'close':
    case 'cut':
      return { do: act, device: pick(nonEmpty(online)) }
    case 'join':
      return {
        do: act,
        device: pick(nonEmpty(online)),
        room: pick(ROOMS),
        announce: random() < 0.5,
      }
    case 'leave':
    case 'members':
      return { do: act, device: pick(nonEmpty(online)), room: pick(ROOMS) }
    case 'send':
      return { do: act, device: pick(nonEmpty(online)), to: anyTarget(), echo: random() < 0.7 }
    case 'publish':
      return { do: act, to: anyTarget() }
    case 'wait':
      return { do: act, seconds: Math.ceil(random() * MAX_WAIT_SECONDS) }
  }

  function anyTarget(): Target {
    const kind = pick(['room', 'room', 'room', 'user', 'connection', 'everyone'])
    if (kind === 'room') return { room: pick(ROOMS) }
    if (kind === 'user') return { user: pick(USERS) }
    if (kind === 'everyone') return 'everyone'
    // Most of all that there were have ended.
    const isOnline = online.length > 0 && random() < 0.7
    const connectionId = isOnline
      ? model.get(pick(nonEmpty(online))).connectionId
      : pick(nonEmpty([...model.known]))
    return { connectionId }
  }
}

function nonEmpty<Item>(items: readonly Item[]): [Item, ...Item[]] {
  const [first, ...others] = items
  if (first === undefined) throw new RangeError('nothing to pick from')
  return [first, ...others]
}
