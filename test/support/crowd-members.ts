// The members of a crowd, in a process of their own: it may have only so many sockets. Connects
// them, and answers what it is asked.
import { once } from 'node:events'
import * as v from 'valibot'
import { WebSocket } from 'ws'

const SIMULTANEOUS_HANDSHAKES = 50

const frameSchema = v.looseObject({ type: v.string(), id: v.optional(v.string()) })
const pongSchema = v.object({ type: v.literal('pong'), connectionId: v.string() })
const questionSchema = v.variant('ask', [
  v.object({ ask: v.literal('broadcast'), data: v.string() }),
  v.object({ ask: v.literal('copies'), messageId: v.string() }),
  v.object({ ask: v.literal('counts') }),
  v.object({ ask: v.literal('connectionIds') }),
  v.object({ ask: v.literal('stayAlive') }),
])

/** How many copies a member has of each message, by the message's id. */
type Copies = Map<string, number>

interface Member {
  readonly socket: WebSocket
  readonly connectionId: string
  readonly copies: Copies
}

const [, , url = '', size = '0'] = process.argv
const members: Member[] = []
const messageIds = new Set<string>()
let frames = 0

while (members.length < Number(size)) {
  const count = Math.min(SIMULTANEOUS_HANDSHAKES, Number(size) - members.length)
  members.push(...(await Promise.all(Array.from({ length: count }, join))))
}

process.on('message', (question) => {
  void answer(v.parse(questionSchema, question)).then((reply) => process.send?.(reply))
})
process.on('disconnect', () => process.exit())
process.send?.('connected')

async function answer(question: v.InferOutput<typeof questionSchema>): Promise<unknown> {
  switch (question.ask) {
    case 'broadcast':
      return await broadcast(question.data)
    case 'copies':
      return members.map(({ copies }) => copies.get(question.messageId) ?? 0)
    case 'counts':
      return { frames, messages: messageIds.size }
    case 'stayAlive':
      return await stayAlive()
    case 'connectionIds':
      return members.map(({ connectionId }) => connectionId)
  }
}

/** A few at a time: what is too much at once for the account is answered with 429. */
async function stayAlive(): Promise<true> {
  for (let start = 0; start < members.length; start += SIMULTANEOUS_HANDSHAKES) {
    await Promise.all(
      members.slice(start, start + SIMULTANEOUS_HANDSHAKES).map(async ({ socket }) => {
        socket.send('{"action":"ping"}')
        await once(socket, 'message')
      }),
    )
  }
  return true
}

/** Lets the first member send to everyone, and returns the ack. */
async function broadcast(data: string): Promise<unknown> {
  const [sender] = members
  if (!sender) throw new Error('nobody is there')
  sender.socket.send(JSON.stringify({ action: 'sendmessage', data }))
  for (;;) {
    const [reply]: unknown[] = await once(sender.socket, 'message')
    const frame = v.parse(frameSchema, JSON.parse(String(reply)))
    if (frame.type === 'ack' || frame.type === 'error') return frame
  }
}

async function join(): Promise<Member> {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  socket.send('{"action":"ping"}')
  const [pong]: unknown[] = await once(socket, 'message')
  const { connectionId } = v.parse(pongSchema, JSON.parse(String(pong)))
  const copies: Copies = new Map()
  socket.on('message', (data: Buffer) => {
    const { type, id = '' } = v.parse(frameSchema, JSON.parse(data.toString('utf8')))
    if (type !== 'message') return
    frames += 1
    messageIds.add(id)
    copies.set(id, (copies.get(id) ?? 0) + 1)
  })
  return { socket, connectionId, copies }
}
