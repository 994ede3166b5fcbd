import type { Effect } from '../../client/machine.ts'
import { IN } from '../../client/presence.ts'
import { readObject, type AnyFrame } from './model/frames.ts'
import { MachineDriver, MINUTE, SECOND, sent } from './machine-driver.ts'

/** What is sent but pings, without an id. */
export function frames(effects: readonly Effect[]): object[] {
  return requests(effects).map((request) => {
    const { id: _, ...frame } = request
    return frame
  })
}

export function requests(effects: readonly Effect[]): AnyFrame[] {
  return sent(effects)
    .map(([, text]) => readObject(text))
    .filter(({ action }) => action !== 'ping')
}

/** A client with rooms, and a server that does what the test says. */
export class Guest extends MachineDriver {
  #ids = 0

  constructor(maxPending?: number) {
    super(maxPending)
    // Each line is replaced at 90 minutes.
    this.chance = 0
  }

  want(room: string, wish: number, timeoutMs = 2 * MINUTE): readonly Effect[] {
    this.#ids += 1
    const id = `wish ${this.#ids}`
    return this.tell({ type: 'room', id, room, wish, deadlineMs: this.nowMs + timeoutMs })
  }

  say(room: string, id: string): readonly Effect[] {
    const deadlineMs = this.nowMs + 2 * MINUTE
    const text = JSON.stringify({ action: 'sendmessage', id, to: { room } })
    return this.tell({ type: 'send', id, text, room, deadlineMs })
  }

  /** The server does what was asked last of that room, over a socket. */
  allow(room: string, socket = this.socket, group = `group of ${room}`): readonly Effect[] {
    return this.hear({ type: 'ack', re: this.lastRequest(room), room, group }, socket)
  }

  refuse(room: string, code: string, more: object = {}, socket = this.socket): readonly Effect[] {
    const re = this.lastRequest(room)
    return this.hear({ type: 'error', re, code, message: 'why', ...more }, socket)
  }

  lastRequest(room: string): string | undefined {
    return requests(this.effects).findLast((frame) => frame.room === room)?.id
  }

  /** It is open, and in these rooms. */
  static in(...rooms: string[]): Guest {
    const guest = new Guest()
    guest.open()
    for (const room of rooms) {
      guest.want(room, IN)
      guest.allow(room)
    }
    return guest
  }

  /** The line is lost, and there is a new one. */
  comeBack(): readonly Effect[] {
    this.drop()
    this.untilNextTry()
    const { length } = this.effects
    this.succeed('next')
    return this.effects.slice(length)
  }

  /** Nothing happens but that the line gives signs of life. */
  keepQuiet(milliseconds: number): void {
    const { socket } = this
    const endMs = this.nowMs + milliseconds
    while (this.nowMs < endMs) {
      this.pass(Math.min(4 * SECOND, endMs - this.nowMs))
      this.hear({ type: 'pong', connectionId: this.connectionId }, socket)
    }
  }

  /** Another line takes the place of the present one, and no room is joined over it yet. */
  beReplaced(): { readonly first: number; readonly second: number } {
    const first = this.socket
    this.keepQuiet(90 * MINUTE)
    return { first, second: this.succeed('second') }
  }
}

export function toRoom(id: string, room = 'lobby', from = 'somebody'): object {
  return { type: 'message', id, from, to: { room }, data: id }
}

export const JOIN = { action: 'join', room: 'lobby' }
export const LEAVE = { action: 'leave', room: 'lobby' }
