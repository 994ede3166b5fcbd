export const TEXT = 1
export const CONTINUATION = 0
export const PING = 9

/** A client's frame (RFC 6455, 5.2) with a mask of zeros, which changes nothing. */
export function clientFrame(payload: string | Buffer, opcode = TEXT, isFinal = true): Buffer {
  const bytes = Buffer.from(payload)
  const first = (isFinal ? 0x80 : 0) | opcode
  return Buffer.concat([Buffer.from([first]), lengthOf(bytes), Buffer.alloc(4), bytes])
}

/** The payload's length in the shortest of its three forms, with the bit that says "masked". */
function lengthOf({ length }: Buffer): Buffer {
  if (length < 126) return Buffer.from([0x80 | length])
  if (length < 65_536) return Buffer.from([0x80 | 126, length >> 8, length & 0xff])
  const form = Buffer.alloc(9)
  form.writeUInt8(0x80 | 127)
  form.writeBigUInt64BE(BigInt(length), 1)
  return form
}
