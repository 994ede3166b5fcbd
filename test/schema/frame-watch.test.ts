import { describe, expect, it } from 'vitest'
import { noteFrame, watchFrames } from '../support/frame-watch.ts'

const URL = 'ws://watched.example:1/prod'
const PONG = { type: 'pong', connectionId: 'A=' }

describe('a stack that is held to the protocol', () => {
  it.each([
    PONG,
    { type: 'ack', id: 'm', sent: 1, gone: 0, failed: 0 },
    { type: 'error', code: 'FORBIDDEN', message: 'm' },
    { message: 'Forbidden', connectionId: 'A=', requestId: 'r' },
  ])('may send %j', (frame) => {
    const frames = watchFrames(URL)
    noteFrame(URL, JSON.stringify(frame))
    frames.end()
    expect(frames.judge).not.toThrow()
  })

  it.each([
    ['hello'],
    ['null'],
    ['{"type":"pong"}'],
    ['{"type":"new"}'],
    [JSON.stringify({ ...PONG, sourceIp: '192.0.2.1' })],
    [JSON.stringify({ type: 'ack', id: 'm', sent: 1, gone: 0, failed: 0, queued: true })],
  ])('may not send %s', (text) => {
    const frames = watchFrames(URL)
    noteFrame(`${URL}?token=t`, text)
    frames.end()
    expect(frames.judge).toThrow(`no frames of the protocol:\n${text}`)
  })

  it('is not held to what others send, or send later', () => {
    const frames = watchFrames(URL)
    noteFrame('ws://watched.example:2/prod', 'hello')
    frames.end()
    noteFrame(URL, 'hello')
    expect(frames.judge).not.toThrow()
  })
})
