import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { FrameLimits } from '../../../local/gateway/frame-limits.ts'
import { clientFrame, CONTINUATION, PING, TEXT } from '../../support/client-frame.ts'

const MAX_FRAME_BYTES = 32_768
const MAX_MESSAGE_BYTES = 131_072

function frame(bytes: number, opcode = TEXT, isFinal = true): Buffer {
  return clientFrame(randomBytes(bytes), opcode, isFinal)
}

/** What is exceeded first when the bytes come in chunks of so many. */
function excessIn(bytes: Buffer, chunkBytes: number): string | undefined {
  const limits = new FrameLimits()
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    const excess = limits.read(bytes.subarray(start, start + chunkBytes))
    if (excess) return excess
  }
  return undefined
}

describe.each([1, 7, 1_460, Infinity])('frames that come in chunks of %d bytes', (chunkBytes) => {
  it.each<[string, Buffer[], string | undefined]>([
    ['small ones', [frame(0), frame(125), frame(126), frame(127)], undefined],
    ['the largest', [frame(MAX_FRAME_BYTES), frame(MAX_FRAME_BYTES)], undefined],
    ['one that is too large', [frame(5), frame(MAX_FRAME_BYTES + 1)], 'frame'],
    ['one of the 64-bit form', [frame(70_000)], 'frame'],
    [
      'the largest message',
      [
        frame(MAX_FRAME_BYTES, TEXT, false),
        frame(MAX_FRAME_BYTES, CONTINUATION, false),
        frame(100, PING),
        frame(MAX_FRAME_BYTES, CONTINUATION, false),
        frame(MAX_FRAME_BYTES, CONTINUATION, true),
        frame(MAX_FRAME_BYTES),
      ],
      undefined,
    ],
    [
      'a message that is too large by one byte',
      [
        ...Array.from({ length: MAX_MESSAGE_BYTES / MAX_FRAME_BYTES }, (_, index) =>
          frame(MAX_FRAME_BYTES, index === 0 ? TEXT : CONTINUATION, false),
        ),
        frame(1, CONTINUATION, true),
      ],
      'message',
    ],
  ])('are measured: %s', (_, frames, excess) => {
    expect(excessIn(Buffer.concat(frames), chunkBytes)).toBe(excess)
  })
})
