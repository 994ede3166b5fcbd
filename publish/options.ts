import { parseArgs } from 'node:util'
import type { RoomTarget, UserTarget } from '../protocol/messages.ts'

export const DEFAULT_PORT = 3001

export const HELP = `Publishes a message to clients that are connected now, from any machine that may.

  npx switchboard publish --to TARGET --data JSON [options]

  --to TARGET      everyone, room:NAME, user:NAME or a connectionId
  --data JSON      what they get; - reads it from the standard input
  --text TEXT      a text, in place of JSON
  --id ID          the message's id, such as a UUID: recipients show two with one id as one
  --queue-url URL  the stack's delivery queue, its output DeliveryQueueUrl; by default that of the variable
                   SWITCHBOARD_QUEUE_URL. It takes your AWS credentials, with sqs:SendMessage for that queue
  --port N         the stack of npm start on this machine; without a queue, that of port ${DEFAULT_PORT}
  --json           say what was done as JSON
  --help           this text
`

/** A mistake in the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export interface Options {
  readonly to: string | RoomTarget | UserTarget
  /** JSON, `-` for the standard input, or a text. */
  readonly content: { readonly json: string } | { readonly text: string }
  readonly id: string | undefined
  readonly destination: Destination
  readonly json: boolean
}

/** A queue on AWS, or the local runtime's port. */
export type Destination = { readonly queueUrl: string } | { readonly port: number }

/**
 * @param queueVariable what SWITCHBOARD_QUEUE_URL is
 * @returns 'help' when that is asked for
 * @throws UsageError
 */
export function readOptions(
  args: readonly string[],
  queueVariable: string | undefined,
): Options | 'help' {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  if (positionals.length !== 1 || positionals[0] !== 'publish') {
    throw new UsageError(
      `expected the command publish, received ${positionals.join(' ') || 'none'}`,
    )
  }
  if (!values.to) throw new UsageError('--to: expected whom it is for, received nothing')
  return {
    to: readTarget(values.to),
    content: readContent(values.data, values.text),
    id: values.id,
    destination: readDestination(values, queueVariable),
    json: values.json,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        to: { type: 'string' },
        data: { type: 'string' },
        text: { type: 'string' },
        id: { type: 'string' },
        'queue-url': { type: 'string' },
        port: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function readTarget(text: string): Options['to'] {
  if (text.startsWith('room:')) return { room: text.slice('room:'.length) }
  if (text.startsWith('user:')) return { user: text.slice('user:'.length) }
  return text
}

function readContent(json: string | undefined, text: string | undefined): Options['content'] {
  if (json !== undefined && text === undefined) return { json }
  if (text !== undefined && json === undefined) return { text }
  const received = json === undefined ? 'neither' : 'both'
  throw new UsageError(`expected --data or --text, received ${received}`)
}

function readDestination(
  { port, 'queue-url': queueUrl }: { port?: string; 'queue-url'?: string },
  queueVariable: string | undefined,
): Destination {
  if (port !== undefined && queueUrl !== undefined) {
    throw new UsageError('expected --port or --queue-url, received both')
  }
  if (port !== undefined) return { port: readPort(port) }
  if (queueUrl !== undefined && !/^https?:\/\/./.test(queueUrl)) {
    throw new UsageError(`--queue-url: expected a URL, received ${queueUrl}`)
  }
  const named = queueUrl ?? queueVariable
  return named ? { queueUrl: named } : { port: DEFAULT_PORT }
}

function readPort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port
  throw new UsageError(`--port: expected a number from 1 to 65535, received ${text}`)
}
