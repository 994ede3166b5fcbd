import type { Duplex } from 'node:stream'

/** The largest frame that a client may send (L1). */
const MAX_FRAME_BYTES = 32 * 1024

/** The largest message, in however many frames (L2). */
export const MAX_MESSAGE_BYTES = 128 * 1024

/** The longest header of a frame: 2 bytes, 8 of length, 4 of mask. */
const MAX_HEADER_BYTES = 14

/** Opcodes from here on are control frames, which are no part of a message (RFC 6455, 5.5). */
const FIRST_CONTROL_OPCODE = 8

/** What a client sent too much of. */
export type Excess = 'frame' | 'message'

/**
 * Reads the headers of a client's frames as they travel on the wire, and skips what they carry. The
 * WebSocket library tells of whole messages only.
 */
export class FrameLimits {
  readonly #header = Buffer.alloc(MAX_HEADER_BYTES)
  #headerBytes = 0
  /** Of the current frame's payload, what is still to come. */
  #payloadBytes = 0
  /** Of the current message, in all its frames so far. */
  #messageBytes = 0

  /** Reads on. Returns what has been exceeded, if anything has: after that it is not to be used. */
  read(chunk: Buffer): Excess | undefined {
    let position = 0
    while (position < chunk.length) {
      if (this.#payloadBytes > 0) {
        const skipped = Math.min(this.#payloadBytes, chunk.length - position)
        this.#payloadBytes -= skipped
        position += skipped
        continue
      }
      this.#header[this.#headerBytes] = chunk[position] ?? 0
      this.#headerBytes += 1
      position += 1
      const excess = this.#headerBytes >= 2 ? this.#readHeader() : undefined
      if (excess) return excess
    }
    return undefined
  }

  /** Begins with the payload, once the header is complete. */
  #readHeader(): Excess | undefined {
    const header = this.#header
    const first = header.readUInt8(0)
    const second = header.readUInt8(1)
    const shortLength = second & 0x7f
    const lengthBytes = shortLength === 127 ? 8 : shortLength === 126 ? 2 : 0
    const maskBytes = second & 0x80 ? 4 : 0
    if (this.#headerBytes < 2 + lengthBytes + maskBytes) return undefined
    this.#headerBytes = 0
    const bytes = readLength(header, shortLength)
    this.#payloadBytes = bytes
    if (bytes > MAX_FRAME_BYTES) return 'frame'
    if ((first & 0x0f) >= FIRST_CONTROL_OPCODE) return undefined
    this.#messageBytes += bytes
    if (this.#messageBytes > MAX_MESSAGE_BYTES) return 'message'
    const isFinal = (first & 0x80) !== 0
    if (isFinal) this.#messageBytes = 0
    return undefined
  }
}

function readLength(header: Buffer, shortLength: number): number {
  if (shortLength === 126) return header.readUInt16BE(2)
  if (shortLength === 127) return Number(header.readBigUInt64BE(2))
  return shortLength
}

/** Watches what travels on a line, before the WebSocket library takes it. */
export class FrameWatch {
  #onExcess: (excess: Excess) => void = () => {}

  /** Call it before the library gets the socket, which must be paused: its bytes come here first. */
  constructor(socket: Duplex) {
    const limits = new FrameLimits()
    const read = (chunk: Buffer): void => {
      const excess = limits.read(chunk)
      if (!excess) return
      socket.off('data', read)
      this.#onExcess(excess)
    }
    socket.on('data', read)
  }

  onExcess(onExcess: (excess: Excess) => void): void {
    this.#onExcess = onExcess
  }
}
