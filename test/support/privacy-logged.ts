// What Switchboard may log, and all of it: what is not listed here is a violation, whatever
// it is. docs/PRIVACY.md tells the same to those who run a stack: change both together.
import * as v from 'valibot'
import {
  text,
  json,
  uuid,
  time,
  count,
  milliseconds,
  requestId,
  level,
  has,
} from './privacy-forms.ts'

// --- Logs: what our functions say ---

/** Where in the code something failed: never a value. */
const stackFrame = text(
  /^at (?:async )?(?:[\w.$<>#[\] ]+ \()?(?:file:\/\/[^\s?#]+|node:[\w/:.-]+|index \d+|<anonymous>|native)\)?$/,
  'a frame of a stack',
)
/** A class of errors, such as `GoneException`, or Node's name for a line that failed. */
const errorName = text(/^[A-Z][A-Za-z_]{1,60}$/)

/** What AWS says of a failed call, or Node of a line: none of these sentences quotes a client. */
const SENTENCES = [
  /User: arn:aws[\w:/-]+ is not authorized to perform: [\w:-]+ on resource: arn:aws[\w:/*@.=-]+ because no identity-based policy allows the [\w:-]+ action/,
  /The conditional request failed/,
  /no (?:answer|connection) within \d+ ms/,
  /the line was closed before the answer/,
  /@smithy\/node-http-handler - \[\w+\] a request has exceeded the configured \d+ ms requestTimeout\./,
  /(?:read|write) E[A-Z]+/,
  /connect E[A-Z]+ [\d.:]+/,
  /A fault of the local runtime/,
]

const SENTENCE = SENTENCES.map(({ source }) => source).join('|')
const serviceMessage = text(new RegExp(`^(?:${SENTENCE})$`), 'what AWS says of a failed call')

/** Of an error that AWS or the line has named. */
const serviceFailure = {
  error: errorName,
  status: v.exactOptional(v.pipe(count, v.minValue(100), v.maxValue(599))),
  requestId: v.exactOptional(requestId),
  message: serviceMessage,
}
/** Of any other error, whose text may quote what a client sent. */
const codeFailure = { error: errorName, at: v.array(stackFrame) }
/** Of what is no error at all. */
const oddFailure = { error: v.picklist(['string', 'number', 'boolean', 'object', 'undefined']) }

/** Our events, with what each has beside the failure. */
export const EVENTS = new Map<string, v.ObjectEntries>([
  ['message_failed', {}],
  ['post_failed', { count }],
  ['prune_failed', { count }],
  ['job_failed', {}],
  ['bad_job', {}],
  ['audience_given_up', {}],
  ['connect_failed', {}],
  ['disconnect_failed', {}],
  ['close_failed', {}],
  ['keys_unavailable', {}],
  ['keys_not_renewed', {}],
  ['rooms_claim_ignored', {}],
  ['publish_failed', {}],
])

const ownEvent = v.lazy((input) => {
  const name = has(input, 'event') ? String(input.event) : ''
  const isOfService = has(input, 'message') || has(input, 'status')
  const failure = isOfService ? serviceFailure : has(input, 'at') ? codeFailure : oddFailure
  return v.strictObject({
    event: v.picklist([...EVENTS.keys()]),
    ...EVENTS.get(name),
    ...failure,
  })
})

/** With what our handlers fail; a refusal of the authorizer has to be called so. */
const THROWN =
  'Unauthorized|connect_failed|disconnect_failed|keys_unavailable|A fault of the local runtime'

/** What the runtime logs of an error that a handler has thrown. */
const thrown = {
  // A class, which may have lost its name in the bundle; or Lambda's own, with a dot.
  errorType: text(/^[A-Za-z_$][\w$]*(\.\w+)?$/),
  errorMessage: text(new RegExp(`^(?:${THROWN})$`), 'a text of ours'),
}
/** The error in its first line, and then where. */
const stackLines = v.tupleWithRest(
  [text(new RegExp(`^\\w+: (?:${THROWN})$`), 'a text of ours')],
  v.pipe(v.string(), v.trim(), stackFrame),
)
const thrownAsText = v.strictObject({
  ...thrown,
  stack: v.pipe(
    v.string(),
    v.transform((stack) => stack.split('\n')),
    stackLines,
  ),
})

// --- Logs: metrics, in CloudWatch's embedded metric format ---

export const COUNTS = [
  'ConnectionsOpened',
  'ConnectionsClosed',
  'ConnectionsClosedByUs',
  'RefusedOrigin',
  'RefusedNoToken',
  'RefusedExpiredToken',
  'RefusedToken',
  'KeysUnavailable',
  'MessagesToEveryone',
  'MessagesToRoom',
  'MessagesToUser',
  'MessagesToOne',
  'MessagesPublished',
  'BadFrames',
  'InternalErrors',
  'RateLimited',
  'Sent',
  'Gone',
  'Throttled',
  'Unavailable',
  'Failed',
  'Queued',
  'GivenUp',
] as const

const metric = v.union([
  v.strictObject({ Name: v.picklist(COUNTS), Unit: v.literal('Count') }),
  v.strictObject({ Name: v.literal('FanOutTime'), Unit: v.literal('Milliseconds') }),
])

export const metricsLine = (functionName: string) =>
  json(
    v.strictObject({
      _aws: v.strictObject({
        Timestamp: count,
        CloudWatchMetrics: v.strictTuple([
          v.strictObject({
            Namespace: v.literal('Switchboard'),
            Dimensions: v.strictTuple([v.strictTuple([v.literal('FunctionName')])]),
            Metrics: v.array(metric),
          }),
        ]),
      }),
      FunctionName: v.literal(functionName),
      ...Object.fromEntries(COUNTS.map((name) => [name, v.exactOptional(count)])),
      FanOutTime: v.exactOptional(milliseconds),
    }),
  )

// --- Logs: a function's line, in Lambda's text format or in its JSON format ---

const textColumns = /^(?<time>[^\t]*)\t(?<requestId>[^\t]*)\t(?<level>[^\t]*)\t(?<message>[^]*)$/
const thrownIntro = /^(?:Invoke|Init) Error\s+/

export const textLine = v.pipe(
  v.string(),
  v.regex(textColumns, 'Expected time, request, level and message'),
  v.transform((line) => ({ ...textColumns.exec(line)?.groups })),
  v.strictObject({
    time,
    // While a function loads, it has none.
    requestId: v.union([uuid, v.literal('undefined')]),
    level,
    message: v.lazy((input) => {
      const isThrown = typeof input === 'string' && thrownIntro.test(input)
      if (!isThrown) return json(ownEvent)
      const withoutIntro = v.transform((message: string) => message.replace(thrownIntro, ''))
      return v.pipe(v.string(), withoutIntro, v.parseJson(), thrownAsText)
    }),
  }),
)

const thrownAsJson = { ...thrown, stackTrace: stackLines }

export const jsonLine = json(
  v.lazy((input) =>
    v.strictObject({
      timestamp: time,
      level,
      requestId: v.exactOptional(uuid),
      ...(has(input, 'errorType')
        ? { ...thrownAsJson, message: v.exactOptional(v.picklist(['Invoke Error', 'Init Error'])) }
        : { message: v.lazy(jsonMessage) }),
    }),
  ),
)

function jsonMessage(input: unknown): v.GenericSchema {
  if (typeof input === 'string') return json(ownEvent)
  return has(input, 'errorType') ? v.strictObject(thrownAsJson) : ownEvent
}

/** A line of a stack that was printed by itself. */
export const stackLine = v.pipe(v.string(), v.trim(), stackFrame)

// --- Logs: what Lambda itself says ---

const UUID = '[\\da-f]{8}(?:-[\\da-f]{4}){3}-[\\da-f]{12}'
const NUMBER = '\\d+(?:\\.\\d+)?'
const MEASURE = 'Duration|Billed Duration|Memory Size|Max Memory Used|Init Duration'
const PLATFORM_LINES = [
  `START RequestId: ${UUID} Version: \\$LATEST`,
  `END RequestId: ${UUID}`,
  `REPORT RequestId: ${UUID}(?:\\t(?:${MEASURE}): ${NUMBER} (?:ms|MB))+`,
  `[\\dTZ:.-]+ ${UUID} Task timed out after ${NUMBER} seconds`,
  `[\\dTZ:.-]+ ${UUID} Error: Runtime exited without providing a reason`,
  // The local runtime's own.
  `[\\dTZ:.-]+ ${UUID} (?:Error: the runtime was killed|the local runtime is closing)`,
]

export const platformTextLine = text(
  new RegExp(`^(?:${PLATFORM_LINES.join('|')})$`),
  'a line that Lambda itself writes',
)

const number = v.number()
/** All that Lambda's records may have; each has some of it. */
const platformRecord = v.strictObject({
  requestId: v.exactOptional(uuid),
  version: v.exactOptional(v.literal('$LATEST')),
  functionName: v.exactOptional(text(/^[\w-]+$/)),
  functionArn: v.exactOptional(text(/^arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:[\w-]+$/)),
  functionVersion: v.exactOptional(v.literal('$LATEST')),
  initializationType: v.exactOptional(v.picklist(['on-demand', 'snap-start'])),
  phase: v.exactOptional(v.picklist(['init', 'invoke'])),
  runtimeVersion: v.exactOptional(text(/^nodejs:[\w.]+$/)),
  runtimeVersionArn: v.exactOptional(text(/^arn:aws[\w-]*:lambda:[\w-]+::runtime:\w+$/)),
  instanceId: v.exactOptional(text(/^[\w-]+$/)),
  instanceMaxMemory: v.exactOptional(number),
  status: v.exactOptional(v.picklist(['success', 'failure', 'error', 'timeout'])),
  errorType: v.exactOptional(thrown.errorType),
  metrics: v.exactOptional(
    v.strictObject({
      durationMs: v.exactOptional(number),
      billedDurationMs: v.exactOptional(number),
      memorySizeMB: v.exactOptional(number),
      maxMemoryUsedMB: v.exactOptional(number),
      initDurationMs: v.exactOptional(number),
      producedBytes: v.exactOptional(number),
    }),
  ),
  spans: v.exactOptional(
    v.array(
      v.strictObject({
        name: v.picklist(['responseLatency', 'responseDuration', 'runtimeOverhead']),
        start: time,
        durationMs: number,
      }),
    ),
  ),
})

export const platformJsonLine = json(
  v.strictObject({
    time,
    type: text(/^platform\.(initStart|initRuntimeDone|initReport|start|runtimeDone|report)$/),
    record: platformRecord,
  }),
)

// --- Access logs: what API Gateway says of a handshake, a message or an end ---

/** `$context` has no value for each of them in each line: API Gateway writes `-` then. */
const orNone = (form: RegExp) => text(new RegExp(`^(?:-|${form.source})$`))

export const accessLine = json(
  v.strictObject({
    requestId: orNone(/[\w=-]{1,64}/),
    connectionId: orNone(/[\w-]{15}=/),
    routeKey: orNone(/\$connect|\$disconnect|\$default|sendmessage|ping|join|leave|members/),
    eventType: orNone(/CONNECT|MESSAGE|DISCONNECT/),
    status: orNone(/\d{3}/),
    integrationLatency: v.exactOptional(orNone(/\d+/)),
  }),
)
