import type { IncomingMessage } from 'node:http'
import * as v from 'valibot'
import { readBody } from '../http.ts'
import { parseJsonObject } from '../json.ts'
import type { Local, StoredItem } from '../start-local.ts'
import { ConsoleError } from './console-error.ts'

/** Whom the console's clients can be, where the stack asks for tokens. */
export interface ConsoleTokens {
  readonly subjects: readonly string[]
  /** @param nowMs the local clock's time, by which the functions judge the token */
  sign(subject: string, nowMs: number): Promise<string>
}

/** What the console shows and moves. */
export type ConsoleStack = Pick<
  Local,
  | 'url'
  | 'app'
  | 'clock'
  | 'storedItems'
  | 'queuedMessages'
  | 'outputs'
  | 'credentials'
  | 'dynamodbUrl'
  | 'queuesUrl'
>

/** One call of the API, by its path. */
export interface Call {
  readonly method: 'GET' | 'POST'
  answer(request: IncomingMessage): unknown
}

/** The longest that one call moves the clock: more than any limit that there is to see, and quick. */
const MAX_ADVANCE_MINUTES = 24 * 60

/** A page shows no more, and would be slow with more. */
const MAX_ITEMS = 100

const MAX_BODY_BYTES = 1024

const ADVANCE = v.strictObject({
  minutes: v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_ADVANCE_MINUTES)),
})
const SUBJECT = v.strictObject({ subject: v.string() })

/** What the page asks of the stack it is served by. */
export function consoleApi(stack: ConsoleStack, tokens?: ConsoleTokens): ReadonlyMap<string, Call> {
  const { clock } = stack
  return new Map<string, Call>([
    ['config', { method: 'GET', answer: () => describe(stack, tokens) }],
    ['stored', { method: 'GET', answer: () => look(stack) }],
    ['developer', { method: 'GET', answer: () => developersAccess(stack) }],
    [
      'advance',
      {
        method: 'POST',
        answer: async (request) => {
          const { minutes } = await readInput(request, ADVANCE)
          await clock.advance(minutes * 60_000)
          return { nowMs: clock.now() }
        },
      },
    ],
    [
      'token',
      {
        method: 'POST',
        answer: async (request) => {
          const { subject } = await readInput(request, SUBJECT)
          if (!tokens?.subjects.includes(subject)) {
            throw new ConsoleError('NOT_FOUND', 'nobody of this name can have a token here')
          }
          // While time is passing, it would be a token for then, which may have ended by the time it is used.
          await clock.advance(0)
          return { token: await tokens.sign(subject, clock.now()) }
        },
      },
    ],
  ])
}

function describe({ app, url }: ConsoleStack, tokens?: ConsoleTokens): unknown {
  return {
    name: app.stackNames.join(' and '),
    url,
    routes: [...app.api.routes.keys()],
    subjects: tokens?.subjects ?? [],
  }
}

/** All that a program on this machine needs to act as the developer. The page asks for none of it. */
function developersAccess(stack: ConsoleStack): unknown {
  const { app, outputs, credentials, dynamodbUrl, queuesUrl } = stack
  const endpoints = { dynamodb: dynamodbUrl, sqs: queuesUrl }
  return { outputs, credentials, region: app.account.region, endpoints }
}

async function look(stack: ConsoleStack): Promise<unknown> {
  const { app, clock } = stack
  const items = await stack.storedItems().catch(() => {
    throw new ConsoleError('UNAVAILABLE', 'the tables cannot be read')
  })
  const queued = stack.queuedMessages()
  return {
    nowMs: clock.now(),
    tables: app.tables.map(({ tableName }) => describeTable(tableName, items)),
    queues: app.queues.map(({ queueName }) => ({
      name: queueName,
      messages: queued.filter((message) => message.queueName === queueName).length,
    })),
  }
}

function describeTable(name: string, all: readonly StoredItem[]): unknown {
  const items = all.filter(({ tableName }) => tableName === name).map(({ item }) => item)
  return { name, count: items.length, items: items.slice(0, MAX_ITEMS) }
}

/** @throws ConsoleError when the body is not what it should be */
async function readInput<Schema extends v.GenericSchema>(
  request: IncomingMessage,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const body = await readBody(request, MAX_BODY_BYTES)
  if (body.length > MAX_BODY_BYTES) {
    throw new ConsoleError('TOO_LARGE', `expected at most ${MAX_BODY_BYTES} bytes`)
  }
  const parsed = v.safeParse(schema, parseJsonObject(body.toString('utf8')))
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const path = v.getDotPath(issue)
  throw new ConsoleError('BAD_REQUEST', path === null ? issue.message : `${path}: ${issue.message}`)
}
