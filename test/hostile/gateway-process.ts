// A local runtime in a process of its own, so that what a test measures is the gateway's alone, and
// a crash is a crash: nothing here catches what nobody caught.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { startLocal, type Quotas } from '../../local/index.ts'
import type { TraceEntry } from '../../local/trace.ts'
import { Tally } from './tally.ts'
import type { Report } from './running-gateway.ts'

const [, , assembly = '', quotas = '{}'] = process.argv

const tally = new Tally()
const local = await startLocal({
  assembly,
  quotas: asQuotas(JSON.parse(quotas)),
  onTrace: (entry: TraceEntry) => tally.note(entry),
})

process.on('message', () => void report())
// The test has ended, however it did.
process.on('disconnect', () => process.exit())
const { url, callbackUrl, dynamodbUrl, credentials } = local
process.send?.({ url, callbackUrl, dynamodbUrl, credentials })

async function report(): Promise<void> {
  // What a turn has let go is garbage only in the next.
  for (let turn = 0; turn < 3; turn += 1) {
    await nextTurn()
    globalThis.gc?.()
  }
  const { heapUsed, external } = process.memoryUsage()
  const answer: Report = {
    heldBytes: heapUsed + external,
    lines: process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length,
    ...tally.summary(),
  }
  process.send?.(answer)
}

function asQuotas(value: unknown): Quotas {
  return typeof value === 'object' && value !== null ? value : {}
}
