import { createHmac } from 'node:crypto'
import type { RoomTarget, UserTarget } from '../../protocol/messages.ts'
import type { Groups } from '../core/audience.ts'

/** HMAC-SHA-256 of names: who has a dump of the table, but not the key, cannot try names out. */
export class GroupKey implements Groups {
  readonly #key: () => string

  constructor(key: () => string) {
    this.#key = key
  }

  of(target: RoomTarget | UserTarget): string {
    const name = 'room' in target ? `room:${target.room}` : `user:${target.user}`
    return createHmac('sha256', this.#key()).update(name).digest('base64url')
  }
}
