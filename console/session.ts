import {
  createClient,
  type Client,
  type ClientOptions,
  type ClientState,
  type Receipt,
  type StateChange,
  type StateReason,
  type WebSocketClass,
} from '../client/index.ts'
import type { Json } from '../protocol/messages.ts'
import { Cable, type Direction } from './cable.ts'
import type { Directory } from './directory.ts'
import { describeError, formatDuration } from './format.ts'
import { roomIn } from './frame.ts'
import { Rooms } from './rooms.ts'
import type { Target } from './target.ts'

/** Where a client connects, and with what. */
export type Endpoint = Pick<ClientOptions, 'url' | 'getToken'>

/** What happens over a connection, and to it. */
export interface Entry {
  readonly atMs: number
  readonly direction: Direction | 'note'
  readonly text: string
}

/** Whoever shows a session. */
export interface Viewer {
  /** The state, the connection id, the cable or what is known of a room is another one. */
  changed(): void
  happened(entry: Entry): void
  /** The client has passed on the message that has just come in; others it drops. */
  passedOn(): void
}

/** Why its state is another one, where that needs to be said. */
const WHY: Readonly<Record<StateReason, string>> = {
  connect: '',
  answered: '',
  dropped: ': the line was closed',
  silent: ': nothing was heard over the line',
  refused: ': the server ended the connection',
  close: '',
  unauthorized: ': there is no token',
}

/** One client of the page, over a network of its own. A closed one can begin anew. */
export class Session {
  readonly name: string
  readonly cable: Cable
  /** When it came into its state, in milliseconds since 1970. */
  since = Date.now()
  /** Connections that it has had. */
  connections = 0
  readonly #endpoint: Endpoint
  readonly #directory: Directory
  readonly #viewer: Viewer
  #client: Client<Json>
  #rooms: Rooms
  #openedBefore = 0

  constructor(
    name: string,
    endpoint: Endpoint,
    parts: {
      readonly Line: WebSocketClass
      readonly directory: Directory
      readonly viewer: Viewer
    },
  ) {
    this.name = name
    this.#endpoint = endpoint
    this.#directory = parts.directory
    this.#viewer = parts.viewer
    this.cable = new Cable(parts.Line, {
      frame: (direction, text) => {
        const known = direction === 'in' ? roomIn(text) : undefined
        if (known) this.#directory.addRoom(known.group, known.room)
        this.#note(direction, text)
      },
      failed: () => this.#note('note', 'a handshake failed; no browser tells a page why'),
    })
    this.#client = this.#begin()
    this.#rooms = this.#roomsOf(this.#client)
  }

  get state(): ClientState {
    return this.#client.state
  }

  get connectionId(): string | undefined {
    return this.#client.connectionId
  }

  /** A client that connects again is in none. */
  get rooms(): Rooms {
    return this.#rooms
  }

  /** Sockets that it has opened, or tried to, since it last came into its state. */
  get attempts(): number {
    return this.cable.opened - this.#openedBefore
  }

  /** @throws SwitchboardError as the client does; Error for a room that it is not in */
  send(target: Target, data: Json): Promise<Receipt> {
    switch (target.kind) {
      case 'everyone':
        return this.#client.broadcast(data)
      case 'others':
        return this.#client.broadcast(data, { echo: false })
      case 'connection':
        return this.#client.sendTo(target.connectionId, data)
      case 'room':
        return this.#rooms.send(target.room, data)
      case 'user':
        return this.#client.sendToUser(target.user, data)
    }
  }

  connectAgain(): void {
    this.#client = this.#begin()
    this.#rooms = this.#roomsOf(this.#client)
    this.#viewer.changed()
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  /** Closes, and lets the server hear of it even if the network is cut. */
  async end(): Promise<void> {
    const closed = this.#client.close()
    this.cable.mend()
    await closed
  }

  #begin(): Client<Json> {
    const client = createClient({ ...this.#endpoint, WebSocket: this.cable.WebSocket })
    client.on('state', (change) => this.#moved(change))
    client.on('message', () => this.#viewer.passedOn())
    client.on('connected', ({ connectionId }) => {
      this.connections += 1
      this.#directory.add(connectionId, this.name)
      this.#viewer.changed()
    })
    client.on('reconnected', ({ awayMs }) => {
      this.#note(
        'note',
        `back; what others sent in the last ${formatDuration(awayMs)} may be missed`,
      )
    })
    client.on('error', (error) => this.#note('note', describeError(error)))
    return client
  }

  #roomsOf(client: Client<Json>): Rooms {
    return new Rooms(client, {
      changed: () => this.#viewer.changed(),
      failed: (error) => this.#note('note', describeError(error)),
    })
  }

  #moved({ state, reason }: StateChange): void {
    this.since = Date.now()
    this.#openedBefore = this.cable.opened
    this.#note('note', `now ${state}${WHY[reason]}`)
    this.#viewer.changed()
  }

  #note(direction: Entry['direction'], text: string): void {
    this.#viewer.happened({ atMs: Date.now(), direction, text })
  }
}
