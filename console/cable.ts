import type { WebSocketClass, WebSocketLike } from '../client/index.ts'

/** Which way a frame went, seen from the page. */
export type Direction = 'in' | 'out'

type Listener = (event: { readonly data: unknown }) => void

/** Who watches a cable. */
export interface Watcher {
  frame(direction: Direction, text: string): void
  /** A line was closed before it was open. */
  failed(): void
}

/** For events that carry none. */
const NO_DATA = { data: undefined }

/**
 * The network of one client, which can be cut without a word to either side, as when a cable is
 * pulled. What is said meanwhile waits on both sides, as it does in TCP, and is lost with the line when
 * the server ends that; what the client closes stays open for the server. A new line cannot be opened.
 */
export class Cable {
  /** To be given to a client. */
  readonly WebSocket: WebSocketClass
  readonly watcher: Watcher
  readonly #waiting: (() => void)[] = []
  #isCut = false
  #opened = 0

  /** @param Line the browser's own WebSocket */
  constructor(Line: WebSocketClass, watcher: Watcher) {
    this.watcher = watcher
    const open = (url: string, protocols: string[]): WebSocketLike | undefined => {
      this.#opened += 1
      return this.#isCut ? undefined : new Line(url, protocols)
    }
    // oxlint-disable-next-line typescript/no-this-alias, unicorn/no-this-assignment -- the class has a `this` of its own
    const cable = this
    this.WebSocket = class extends CabledSocket {
      constructor(url: string, protocols: string[]) {
        super(cable, open(url, protocols))
      }
    }
  }

  get isCut(): boolean {
    return this.#isCut
  }

  /** Lines that the client has opened so far, or has tried to. */
  get opened(): number {
    return this.#opened
  }

  cut(): void {
    this.#isCut = true
  }

  mend(): void {
    this.#isCut = false
    for (const pass of this.#waiting.splice(0)) pass()
  }

  /** Lets something through, now or when the cable is mended. */
  pass(what: () => void): void {
    if (this.#isCut) this.#waiting.push(what)
    else what()
  }
}

/** A socket whose every word, either way, goes through the cable. */
class CabledSocket implements WebSocketLike {
  readonly #cable: Cable
  readonly #line: WebSocketLike | undefined
  /** It has been open, or the client has given it up. */
  #isSettled = false
  /** The server has ended the line, of which the client may not have heard yet. */
  #isOver = false

  /** @param line undefined: there is no network, and it fails soon, as in a browser */
  constructor(cable: Cable, line: WebSocketLike | undefined) {
    this.#cable = cable
    this.#line = line
    line?.addEventListener('close', () => {
      this.#isOver = true
    })
    this.addEventListener('open', () => {
      this.#isSettled = true
    })
    this.addEventListener('close', () => {
      if (!this.#isSettled) cable.watcher.failed()
    })
    this.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') cable.watcher.frame('in', data)
    })
  }

  addEventListener(name: 'open' | 'close' | 'error' | 'message', listener: Listener): void {
    const pass: Listener = (event) => this.#cable.pass(() => listener(event))
    if (this.#line === undefined) {
      if (name === 'error' || name === 'close') setTimeout(() => listener(NO_DATA), 0)
    } else if (name === 'message') this.#line.addEventListener(name, pass)
    else this.#line.addEventListener(name, () => pass(NO_DATA))
  }

  send(text: string): void {
    this.#cable.pass(() => {
      if (!this.#line || this.#isOver) return
      this.#line.send(text)
      this.#cable.watcher.frame('out', text)
    })
  }

  close(code?: number): void {
    this.#isSettled = true
    this.#cable.pass(() => this.#line?.close(code))
  }
}
