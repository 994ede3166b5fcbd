import { createHash, randomBytes } from 'node:crypto'

/**
 * From "Use Lambda recursive loop detection to prevent infinite loops": about how often a function
 * runs in one chain of requests before Lambda stops it.
 */
export const MAX_CHAINED_INVOCATIONS = 16

/** What an X-Amzn-Trace-Id says of the chain of requests that it was sent in. */
interface Chain {
  readonly root: string | undefined
  /** How often each function has run in it. */
  readonly invocations: ReadonlyMap<string, number>
}

/** How often a function has run in the chain that a message was sent in. */
export function chainedInvocations(functionArn: string, traceHeader: string | undefined): number {
  return readChain(traceHeader).invocations.get(lineageName(functionArn)) ?? 0
}

/**
 * What a function finds in `_X_AMZN_TRACE_ID`, and what the SDK sends on from there. Its lineage
 * has the form of X-Ray's documentation: `{function}:{count}|{function}:{count}`.
 *
 * @param traceHeaders of what it is invoked with. AWS does not say what becomes of several: here
 * the longest chain of each function counts.
 */
export function nextTraceHeader(
  functionArn: string,
  traceHeaders: readonly string[],
  nowMs: number,
): string {
  const invocations = new Map<string, number>()
  const chains = traceHeaders.map(readChain)
  for (const chain of chains) {
    for (const [name, count] of chain.invocations) {
      invocations.set(name, Math.max(count, invocations.get(name) ?? 0))
    }
  }
  const own = lineageName(functionArn)
  invocations.set(own, (invocations.get(own) ?? 0) + 1)
  const root = chains.find((chain) => chain.root !== undefined)?.root ?? newTraceRoot(nowMs)
  const lineage = [...invocations].map(([name, count]) => `${name}:${count}`).join('|')
  return `Root=${root};Parent=${randomBytes(8).toString('hex')};Sampled=0;Lineage=${lineage}`
}

function readChain(traceHeader = ''): Chain {
  const fields = new Map(
    traceHeader.split(';').map((field) => {
      const [name = '', ...value] = field.split('=')
      return [name.trim(), value.join('=')] as const
    }),
  )
  const lineage = fields.get('Lineage')?.split('|') ?? []
  return {
    root: fields.get('Root'),
    invocations: new Map(
      lineage.map((part) => {
        const [name = '', count] = part.split(':')
        return [name, Number(count) || 0]
      }),
    ),
  }
}

function lineageName(functionArn: string): string {
  return createHash('sha256').update(functionArn).digest('hex').slice(0, 8)
}

/** `1-`, the time in seconds, and 96 random bits. */
export function newTraceRoot(nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000).toString(16)
  return `1-${seconds}-${randomBytes(12).toString('hex')}`
}
