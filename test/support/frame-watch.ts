import * as v from 'valibot'
import { FRAMES } from '../../schema/frames.ts'

/** Violations that an error shows, and characters of each. */
const MAX_SHOWN = 5
const MAX_SHOWN_CHARACTERS = 300

/** What a client gets, and not a field more. */
const received = v.union([
  v.strictObject(FRAMES.Message.entries),
  v.strictObject(FRAMES.DeliveredAck.entries),
  v.strictObject(FRAMES.QueuedAck.entries),
  v.strictObject(FRAMES.RoomAck.entries),
  v.strictObject(FRAMES.Members.entries),
  v.strictObject(FRAMES.Joined.entries),
  v.strictObject(FRAMES.Left.entries),
  v.strictObject(FRAMES.Pong.entries),
  v.strictObject(FRAMES.ErrorMessage.entries),
  v.strictObject(FRAMES.GatewayMessage.entries),
])
const schema = v.pipe(v.string(), v.parseJson(), received)

/** By host, what came from a stack that is held to the protocol and is none of its frames. */
const watched = new Map<string, Set<string>>()

interface Watch {
  readonly end: () => void
  /** @throws Error when something was none */
  readonly judge: () => void
}

/** Holds a stack to the protocol: whatever it sends to a test's client has to be a frame of it. */
export function watchFrames(url: string): Watch {
  const { host } = new URL(url)
  const violations = new Set<string>()
  watched.set(host, violations)
  return {
    end: () => void watched.delete(host),
    judge: () => {
      const found = [...violations].slice(0, MAX_SHOWN)
      if (found.length > 0) throw new Error(`no frames of the protocol:\n${found.join('\n')}`)
    },
  }
}

/** A test's client has received something. */
export function noteFrame(url: string, text: string): void {
  const violations = watched.get(new URL(url).host)
  if (!violations || v.safeParse(schema, text).success) return
  violations.add(text.slice(0, MAX_SHOWN_CHARACTERS))
}
