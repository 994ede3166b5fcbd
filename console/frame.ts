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

/** @param nameOf a name for a connection id, or the id itself */
export function describeFrame(text: string, nameOf: (id: string) => string): FrameDescription {
  const frame = propertiesOf(parseJson(text))
  const kind = string(frame, 'type') || string(frame, 'action')
  switch (kind) {
    case 'ping':
      return { kind, about: '', said: '' }
    case 'pong':
      return { kind, about: `you are ${string(frame, 'connectionId')}`, said: '' }
    case 'sendmessage':
      return { kind: 'message', about: describeTarget(frame, nameOf), said: dataOf(frame) }
    case 'message':
      return { kind, about: describeSender(frame, nameOf), said: dataOf(frame) }
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

function describeTarget(frame: Properties, nameOf: (id: string) => string): string {
  const to = string(frame, 'to')
  if (to !== '') return `to ${nameOf(to)}`
  return frame.get('echo') === false ? 'to everyone else' : 'to everyone'
}

function describeSender(frame: Properties, nameOf: (id: string) => string): string {
  const user = string(frame, 'user')
  const from = `from ${nameOf(string(frame, 'from'))}${user === '' ? '' : ` (user ${user})`}`
  return frame.get('to') === 'you' ? `${from}, to you alone` : from
}

function describeAck(frame: Properties): string {
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
