import { parseJson, propertiesOf } from './json.ts'

/** A frame, for people. */
export interface FrameDescription {
  /** `message`, `ack`, `ping` … */
  readonly kind: string
  /** What there is to know about it: from whom, to whom, how many. */
  readonly about: string
  /** What somebody said in it. */
  readonly said: string
}

type Properties = ReadonlyMap<string, unknown>

/** Names for what frames have as ids: a name, or the id itself. */
export interface Names {
  readonly nameOf: (connectionId: string) => string
  readonly roomOf: (group: string) => string
}

export function describeFrame(text: string, names: Names): FrameDescription {
  const frame = propertiesOf(parseJson(text))
  const kind = string(frame, 'type') || string(frame, 'action')
  switch (kind) {
    case 'ping':
      return { kind, about: '', said: '' }
    case 'pong':
      return { kind, about: `you are ${string(frame, 'connectionId')}`, said: '' }
    case 'sendmessage':
      return { kind: 'message', about: describeTarget(frame, names), said: dataOf(frame) }
    case 'message':
      return { kind, about: describeSender(frame, names), said: dataOf(frame) }
    case 'join':
    case 'leave':
    case 'members':
      return { kind, about: describeRoom(frame), said: '' }
    case 'joined':
    case 'left':
      return { kind, about: describeMember(frame, names), said: '' }
    case 'ack':
      return { kind, about: describeAck(frame), said: '' }
    case 'error':
      return { kind, about: string(frame, 'code'), said: string(frame, 'message') }
    default:
      // API Gateway's own frames have a message and no type.
      if (frame.has('requestId')) {
        return { kind: 'gateway', about: '', said: string(frame, 'message') }
      }
      return { kind: 'frame', about: '', said: text }
  }
}

/** Which room a client has been let into, or out of, and what its group is. Undefined of other frames. */
export function roomIn(
  text: string,
): { readonly group: string; readonly room: string } | undefined {
  const frame = propertiesOf(parseJson(text))
  const [group, room] = [string(frame, 'group'), string(frame, 'room')]
  return string(frame, 'type') === 'ack' && group !== '' ? { group, room } : undefined
}

function describeTarget(frame: Properties, { nameOf }: Names): string {
  const to = frame.get('to')
  if (typeof to === 'string') return `to ${nameOf(to)}`
  const others = frame.get('echo') === false ? ' else' : ''
  return to === undefined ? `to everyone${others}` : `to ${describeGroup(to)}`
}

/** `room lobby`, `user alice`. */
function describeGroup(to: unknown): string {
  const group = propertiesOf(to)
  return group.has('user') ? `user ${string(group, 'user')}` : `room ${string(group, 'room')}`
}

function describeSender(frame: Properties, { nameOf }: Names): string {
  const user = string(frame, 'user')
  const sender = frame.has('from') ? nameOf(string(frame, 'from')) : 'the backend'
  const from = `from ${sender}${user === '' ? '' : ` (user ${user})`}`
  const to = frame.get('to')
  if (to === 'you') return `${from}, to you alone`
  return typeof to === 'object' ? `${from}, to ${describeGroup(to)}` : from
}

function describeMember(frame: Properties, { nameOf, roomOf }: Names): string {
  const user = string(frame, 'user')
  const who = nameOf(string(frame, 'connectionId')) + (user === '' ? '' : ` (user ${user})`)
  return `${who}, room ${roomOf(string(frame, 'group'))}`
}

/** Of a request, and of the answer that has the ids. */
function describeRoom(frame: Properties): string {
  const ids = frame.get('connectionIds')
  const room = string(frame, 'room')
  if (Array.isArray(ids)) return `${room}: ${ids.length}${frame.has('next') ? ' and more' : ''}`
  return frame.get('announce') === true ? `${room}, announced` : room
}

function describeAck(frame: Properties): string {
  if (frame.has('group')) return `room ${string(frame, 'room')}`
  if (frame.get('queued') === true) return 'queued'
  return describeCounts(number(frame, 'sent'), number(frame, 'gone'), number(frame, 'failed'))
}

/** `3 sent`, and what else there is. */
export function describeCounts(sent: number, gone: number, failed: number): string {
  const others = [gone > 0 && `${gone} gone`, failed > 0 && `${failed} failed`]
  return [`${sent} sent`, ...others.filter((text) => text !== false)].join(', ')
}

function string(frame: Properties, name: string): string {
  const value = frame.get(name)
  return typeof value === 'string' ? value : ''
}

function number(frame: Properties, name: string): number {
  const value = frame.get(name)
  return typeof value === 'number' ? value : 0
}

function dataOf(frame: Properties): string {
  const data = frame.get('data')
  return typeof data === 'string' ? data : (JSON.stringify(data) ?? '')
}
