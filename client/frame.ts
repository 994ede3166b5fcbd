import type { ServerMessage } from '../protocol/messages.ts'

/** What API Gateway itself says, such as `Internal server error`; it has no type of its own. */
export interface GatewayFrame {
  readonly type: 'gateway'
  readonly message: string
  /** The receiver's own. */
  readonly connectionId: string
}

/** Reads what the server has sent; undefined when it is nothing that this version knows. */
export function readFrame(text: string): ServerMessage | GatewayFrame | undefined {
  const frame = parse(text)
  if (typeof frame !== 'object' || frame === null) return undefined
  if ('type' in frame) return isServerMessage(frame) ? frame : undefined
  if (!('message' in frame) || !('connectionId' in frame)) return undefined
  const { message, connectionId } = frame
  return { type: 'gateway', message: String(message), connectionId: String(connectionId) }
}

/** Of a known type: what is in it is the server's to get right. */
function isServerMessage(frame: { type: unknown }): frame is ServerMessage {
  return KNOWN.has(frame.type)
}

const KNOWN = new Set<unknown>(['message', 'ack', 'pong', 'error'])

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
