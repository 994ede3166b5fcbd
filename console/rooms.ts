import type { Client, JoinOptions, MembersPage, Receipt, Room } from '../client/index.ts'
import type { Json } from '../protocol/messages.ts'

/** What there is to show of a room that a client is in. */
export interface RoomView {
  readonly name: string
  /** Undefined until the server has said who is in it. */
  readonly page: MembersPage | undefined
}

/** Whoever shows them. */
export interface RoomsViewer {
  /** A room has come or gone, or has other members. */
  changed(): void
  /** Nobody has asked for what has failed. */
  failed(error: unknown): void
}

interface Held {
  readonly room: Room<Json>
  page: MembersPage | undefined
  /** Its members may be others by now. */
  isStale: boolean
  asking: Promise<void> | undefined
}

/** The rooms of one client, and the first page of who is in each. */
export class Rooms {
  readonly #client: Client<Json>
  readonly #viewer: RoomsViewer
  readonly #held = new Map<string, Held>()

  constructor(client: Client<Json>, viewer: RoomsViewer) {
    this.#client = client
    this.#viewer = viewer
    // Its own id is another one, and after a loss who else is there. A question waits for the room.
    client.on('connected', () => {
      for (const name of this.#held.keys()) this.#lookAgain(name)
    })
    client.on('state', ({ state }) => {
      if (state !== 'closed') return
      this.#held.clear()
      this.#viewer.changed()
    })
  }

  get all(): readonly RoomView[] {
    return [...this.#held].map(([name, { page }]) => ({ name, page }))
  }

  /** @throws SwitchboardError as the client's `join` */
  async join(name: string, options: JoinOptions): Promise<void> {
    const room = await this.#client.join(name, options)
    // Twice the same name is the same room.
    if (this.#held.has(name)) return
    this.#held.set(name, { room, page: undefined, isStale: false, asking: undefined })
    room.on('joined', () => this.#lookAgain(name))
    room.on('left', () => this.#lookAgain(name))
    room.on('ended', () => this.#drop(name))
    this.#viewer.changed()
    this.#lookAgain(name)
  }

  /** @throws SwitchboardError as the room's `leave`; it is left all the same */
  async leave(name: string): Promise<void> {
    const held = this.#held.get(name)
    this.#drop(name)
    await held?.room.leave()
  }

  /** @throws Error when the client is not in the room, SwitchboardError as the room's `send` */
  async send(name: string, data: Json): Promise<Receipt> {
    const held = this.#held.get(name)
    if (!held) throw new Error(`To send to room ${name}, this client has to join it first.`)
    return held.room.send(data)
  }

  /**
   * Asks who is in it. However many ask meanwhile, it is asked once more, not once for each.
   *
   * @throws SwitchboardError as the room's `members`
   */
  refresh(name: string): Promise<void> {
    const held = this.#held.get(name)
    if (!held) return Promise.resolve()
    held.isStale = true
    held.asking ??= this.#ask(held).finally(() => {
      held.asking = undefined
    })
    return held.asking
  }

  async #ask(held: Held): Promise<void> {
    while (held.isStale) {
      held.isStale = false
      // oxlint-disable-next-line no-await-in-loop -- the next question is asked when this one is answered
      held.page = await held.room.members()
      this.#viewer.changed()
    }
  }

  #lookAgain(name: string): void {
    const held = this.#held.get(name)
    this.refresh(name).catch((error: unknown) => {
      // Of a room that has been left nobody wants to know.
      if (held !== undefined && this.#held.get(name) === held) this.#viewer.failed(error)
    })
  }

  #drop(name: string): void {
    this.#held.delete(name)
    this.#viewer.changed()
  }
}
