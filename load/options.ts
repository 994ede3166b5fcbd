import { parseArgs } from 'node:util'
import * as v from 'valibot'

export interface Options {
  readonly url: string
  readonly connections: number
  /** Handshakes a second. */
  readonly connectRate: number
  /** Messages a second, by all connections together. */
  readonly rate: number
  readonly seconds: number
  readonly to: 'everyone' | 'self' | 'next'
  /** Who every client is, for a stage that asks. */
  readonly token: string | undefined
  readonly chart: string | undefined
  readonly json: boolean
}

/** A mistake in the command line: told in a sentence, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What one process can hold open. */
const MAX_CONNECTIONS = 10_000

/**
 * New connections a second, and requests a second, of an account that has not asked for more.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
const NEW_CONNECTIONS_PER_SECOND = 500
const REQUESTS_PER_SECOND = 10_000

const MAX_RATE = 2_000
const MAX_SECONDS = 3_600

export const HELP = `Puts load on a deployed stage, and says how long acks and messages take and what goes wrong.

  npm run load -- --url wss://….execute-api.us-east-1.amazonaws.com/prod [options]

  --url URL          the stage; ws:// only on this machine. There is no default: it costs money
  --connections N    how many clients connect (default 100, at most ${MAX_CONNECTIONS})
  --connect-rate N   new connections a second (default 100, at most ${NEW_CONNECTIONS_PER_SECOND}: the account's quota)
  --rate N           messages a second in all (default 10, at most ${MAX_RATE})
  --seconds N        how long to send (default 60, at most ${MAX_SECONDS})
  --to TARGET        self: each client to itself (default); next: to the next client;
                     everyone: each message to all of them
  --token TOKEN      connect as whoever the token vouches for, until it expires
  --chart FILE       draw the percentiles as an SVG
  --json             nothing but the result on stdout, as JSON
  --help             this text

Ctrl-C stops sending, waits for the last answers, closes every connection and shows what there is.
`

const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]'])

const url = v.pipe(
  v.string(),
  v.check((text) => isStageUrl(text), 'expected a wss:// URL, or a ws:// URL on this machine'),
)

function wholeNumber(most: number, reason = '') {
  const expected = `expected a whole number from 1 to ${most}${reason}`
  return v.pipe(
    v.string(),
    v.regex(/^[1-9]\d{0,8}$/, expected),
    v.transform(Number),
    v.maxValue(most, expected),
  )
}

const schema = v.object({
  url,
  connections: wholeNumber(MAX_CONNECTIONS),
  'connect-rate': wholeNumber(NEW_CONNECTIONS_PER_SECOND, ", the account's quota"),
  rate: wholeNumber(MAX_RATE),
  seconds: wholeNumber(MAX_SECONDS),
  to: v.picklist(['everyone', 'self', 'next'], 'expected everyone, self or next'),
  // What a header can carry; a JWT has no other characters.
  token: v.optional(v.pipe(v.string(), v.regex(/^[\w.~+/-]+=*$/, 'expected a JWT'))),
  chart: v.optional(v.string()),
  json: v.boolean(),
})

/**
 * @returns undefined when only help is wanted
 * @throws UsageError that says which option is wrong and what was expected
 */
export function readOptions(args: readonly string[]): Options | undefined {
  const values = parse(args)
  if (values.help) return undefined
  const result = v.safeParse(schema, values)
  if (!result.success) {
    const [issue] = result.issues
    const received = issue.input === '' ? 'nothing' : String(issue.input)
    throw new UsageError(`--${v.getDotPath(issue)}: ${issue.message}, received ${received}`)
  }
  const { 'connect-rate': connectRate, ...others } = result.output
  const options = { ...others, connectRate, chart: others.chart, token: others.token }
  const pushes = options.connections * options.rate
  if (options.to === 'everyone' && pushes > REQUESTS_PER_SECOND) {
    throw new UsageError(
      `--to everyone: ${options.rate} messages a second to ${options.connections} clients are ${pushes} pushes a second; an account's quota is ${REQUESTS_PER_SECOND}`,
    )
  }
  return options
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        url: { type: 'string', default: '' },
        connections: { type: 'string', default: '100' },
        'connect-rate': { type: 'string', default: '100' },
        rate: { type: 'string', default: '10' },
        seconds: { type: 'string', default: '60' },
        to: { type: 'string', default: 'self' },
        token: { type: 'string' },
        chart: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function isStageUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, hash } = new URL(text)
  if (hash !== '') return false // A WebSocket's URL has none.
  return protocol === 'wss:' || (protocol === 'ws:' && LOCAL_HOSTS.has(hostname))
}
