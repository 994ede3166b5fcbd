// A process that trusts a certificate from its beginning on, as a function trusts the local gateway:
// sends two requests to the port, the second when the first line has been closed, and prints what came.
import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectionPool } from '../../lambdas/adapters/connection-pool.ts'
import { lineOpener } from '../../lambdas/adapters/open-line.ts'

const [, , host = '', port = ''] = process.argv
const pool = new ConnectionPool({
  open: lineOpener({ secure: true, host, port: Number(port) }),
  maxSockets: 1,
  timeouts: { connectMs: 5_000, answerMs: 10_000 },
})
const answers = []
for (let request = 0; request < 2; request += 1) {
  answers.push(await pool.exchange(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`))
  await sleep(100)
}
console.log(JSON.stringify(answers.map((answer) => answer.status ?? answer.code)))
