// The clients of a bench, in a process of their own: connects them, and at each "round" lets the
// next one send a message to everyone and tells when it reached each.
import { once } from 'node:events'
import { WebSocket } from 'ws'

const AT_A_TIME = 50

const [, , url = '', countText = '1'] = process.argv
const count = Number(countText)
const clients: WebSocket[] = []
while (clients.length < count) {
  const handshakes = Array.from(
    { length: Math.min(AT_A_TIME, count - clients.length) },
    async () => {
      const client = new WebSocket(url)
      await once(client, 'open')
      return client
    },
  )
  clients.push(...(await Promise.all(handshakes)))
}

let round = 0
let started = 0
let milliseconds: number[] = []
let acknowledged = false

for (const client of clients) {
  client.on('message', (data: Buffer) => {
    if (data.includes('"type":"message"')) milliseconds.push(performance.now() - started)
    else if (data.includes('"type":"ack"')) acknowledged = true
    else throw new Error(`instead of an ack: ${data.toString('utf8')}`)
    if (acknowledged && milliseconds.length === count) {
      process.send?.({ milliseconds, total: performance.now() - started })
    }
  })
}

process.on('message', () => {
  milliseconds = []
  acknowledged = false
  started = performance.now()
  // In turn: one alone would meet the rate limit of a connection.
  clients[round % count]?.send('{"action":"sendmessage","data":"a message to everyone"}')
  round += 1
})
process.on('disconnect', () => process.exit())
process.send?.('connected')
