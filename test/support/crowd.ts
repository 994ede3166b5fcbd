import { once } from 'node:events'
import * as v from 'valibot'
import { WebSocket } from 'ws'

const SIMULTANEOUS_HANDSHAKES = 50

const frameSchema = v.looseObject({
  type: v.string(),
  id: v.optional(v.string()),
  connectionId: v.optional(v.string()),
})

/** One of many clients: how many copies it has of each message, by the message's id. */
export interface Member {
  readonly socket: WebSocket
  readonly connectionId: string
  readonly copies: Map<string, number>
}

/** Many clients, and what each of them got. */
export class Crowd {
  readonly members: readonly Member[]
  /** Frames that came, of all members. */
  #frames = 0
  readonly #acks: Record<string, unknown>[] = []

  private constructor(sockets: readonly [WebSocket, string][]) {
    this.members = sockets.map(([socket, connectionId]) => {
      const copies = new Map<string, number>()
      socket.on('message', (data: Buffer) => {
        this.#frames += 1
        const frame = v.parse(frameSchema, JSON.parse(data.toString('utf8')))
        if (frame.type !== 'message') this.#acks.push(frame)
        else copies.set(frame.id ?? '', (copies.get(frame.id ?? '') ?? 0) + 1)
      })
      return { socket, connectionId, copies }
    })
  }

  static async connect(url: string, size: number): Promise<Crowd> {
    const sockets: [WebSocket, string][] = []
    while (sockets.length < size) {
      const count = Math.min(SIMULTANEOUS_HANDSHAKES, size - sockets.length)
      sockets.push(...(await Promise.all(Array.from({ length: count }, () => connect(url)))))
    }
    return new Crowd(sockets)
  }

  get frames(): number {
    return this.#frames
  }

  /** Lets the first member send to everyone, and returns the ack. */
  async broadcast(data: string): Promise<Readonly<Record<string, unknown>>> {
    const [sender] = this.members
    sender?.socket.send(JSON.stringify({ action: 'sendmessage', data }))
    for (;;) {
      const ack = this.#acks.shift()
      if (ack) return ack
      await once(sender?.socket ?? process, 'message')
    }
  }

  /** How many copies of a message each member has. */
  copiesOf(messageId: unknown): number[] {
    return this.members.map(({ copies }) => copies.get(String(messageId)) ?? 0)
  }

  /** Whom a message has not reached. */
  missing(messageId: unknown): string[] {
    const copies = this.copiesOf(messageId)
    return this.members.flatMap(({ connectionId }, index) =>
      copies[index] === 0 ? [connectionId] : [],
    )
  }

  leave(): void {
    for (const { socket } of this.members) socket.terminate()
  }
}

async function connect(url: string): Promise<[WebSocket, string]> {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  socket.send('{"action":"ping"}')
  const [data]: unknown[] = await once(socket, 'message')
  const { connectionId = '' } = v.parse(frameSchema, JSON.parse(String(data)))
  return [socket, connectionId]
}
