import type { ServerMessage } from '../protocol/messages.ts'

/** What API Gateway itself says, such as `Internal server error`. */
export interface GatewayFrame {
  readonly type?: undefined
  readonly message: string
  /** The receiver's own. */
  readonly connectionId: string
}

/** Reads what the server has sent; undefined when it is no JSON object. */
export function readFrame(text: string): ServerMessage | GatewayFrame | undefined {
  try {
    const frame: unknown = JSON.parse(text)
    return isFrame(frame) ? frame : undefined
  } catch {
    return undefined
  }
}

/** What is in it is the server's to get right; a type that is not known is passed over. */
function isFrame(value: unknown): value is ServerMessage | GatewayFrame {
  return value instanceof Object
}
