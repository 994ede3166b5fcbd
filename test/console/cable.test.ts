import { describe, expect, it } from 'vitest'
import type { WebSocketLike } from '../../client/index.ts'
import { Cable } from '../../console/cable.ts'

type Name = 'open' | 'close' | 'error' | 'message'

/** A browser's socket, as far as the cable sees it. */
class FakeLine implements WebSocketLike {
  static made: FakeLine[] = []
  readonly did: string[] = []
  readonly #listeners: [Name, (event: { data: unknown }) => void][] = []

  constructor(url: string, protocols: string[]) {
    this.did.push(`to ${url} as ${protocols.join()}`)
    FakeLine.made.push(this)
  }

  addEventListener(name: Name, listener: (event: { data: unknown }) => void): void {
    this.#listeners.push([name, listener])
  }

  send(text: string): void {
    this.did.push(`sends ${text}`)
  }

  close(code?: number): void {
    this.did.push(`closes ${code}`)
  }

  happens(name: Name, data?: unknown): void {
    for (const [known, listener] of this.#listeners) if (known === name) listener({ data })
  }
}

interface Scene {
  readonly cable: Cable
  /** What the cable shows. */
  readonly frames: string[]
  /** What the client hears. */
  readonly heard: string[]
  readonly open: () => WebSocketLike
}

function scene(): Scene {
  FakeLine.made = []
  const frames: string[] = []
  const heard: string[] = []
  const cable = new Cable(FakeLine, {
    frame: (direction, text) => frames.push(`${direction} ${text}`),
    failed: () => heard.push('failed'),
  })
  const open = (): WebSocketLike => {
    const socket = new cable.WebSocket('ws://a/b', ['p', 'q'])
    for (const name of ['open', 'close', 'error'] as const) {
      socket.addEventListener(name, () => heard.push(name))
    }
    socket.addEventListener('message', ({ data }) => heard.push(`message ${String(data)}`))
    return socket
  }
  return { cable, frames, heard, open }
}

describe('a cable', () => {
  it('lets everything through, and shows each frame once', () => {
    const { frames, heard, open } = scene()
    const socket = open()
    const [line] = FakeLine.made
    line?.happens('open')
    socket.send('hello')
    line?.happens('message', 'hi')
    socket.close(1_000)
    line?.happens('close')
    expect(line?.did).toEqual(['to ws://a/b as p,q', 'sends hello', 'closes 1000'])
    expect(heard).toEqual(['open', 'message hi', 'close'])
    expect(frames).toEqual(['out hello', 'in hi'])
  })

  it('that is cut lets nothing through, and all of it in order when it is mended', () => {
    const { cable, frames, heard, open } = scene()
    const socket = open()
    const [line] = FakeLine.made
    line?.happens('open')
    cable.cut()
    line?.happens('message', 'one')
    socket.send('two')
    socket.close(1_000)
    expect(line?.did).toEqual(['to ws://a/b as p,q'])
    expect([...heard, ...frames]).toEqual(['open'])
    cable.mend()
    expect(line?.did.slice(1)).toEqual(['sends two', 'closes 1000'])
    expect(heard).toEqual(['open', 'message one'])
    expect(frames).toEqual(['in one', 'out two'])
    line?.happens('message', 'three')
    line?.happens('close')
    expect(heard).toEqual(['open', 'message one', 'message three', 'close'])
    expect(frames).toEqual(['in one', 'out two', 'in three'])
  })

  it('that is mended sends nothing over a line that the server has ended meanwhile', () => {
    const { cable, frames, heard, open } = scene()
    const socket = open()
    const [line] = FakeLine.made
    line?.happens('open')
    cable.cut()
    socket.send('into the dark')
    line?.happens('message', 'the last word')
    line?.happens('close')
    cable.mend()
    expect(line?.did).toEqual(['to ws://a/b as p,q'])
    expect(heard).toEqual(['open', 'message the last word', 'close'])
    expect(frames).toEqual(['in the last word'])
  })

  it('tells when a socket is closed that was never open', () => {
    const { heard, open } = scene()
    open()
    FakeLine.made[0]?.happens('error')
    FakeLine.made[0]?.happens('close')
    expect(heard).toEqual(['error', 'failed', 'close'])
  })

  it('tells nothing when the client itself has given the socket up', () => {
    const { heard, open } = scene()
    open().close(1_000)
    FakeLine.made[0]?.happens('close')
    expect(heard).toEqual(['close'])
  })

  it('that is cut lets no socket be opened: it fails soon, and not at once', async () => {
    const { cable, frames, heard, open } = scene()
    cable.cut()
    const socket = open()
    socket.send('hello')
    const closed = new Promise<void>((resolve) => {
      socket.addEventListener('close', () => resolve())
    })
    expect(heard).toEqual([])
    await closed
    expect(heard.toSorted()).toEqual(['close', 'error', 'failed'])
    expect(FakeLine.made).toEqual([])
    expect(frames).toEqual([])
    expect(cable.opened).toBe(1)
  })
})
