// The runtime inside one execution environment, a worker thread: loads the handler, then runs one
// invocation at a time. It is JavaScript because a worker starts without a TypeScript loader.
import { join } from 'node:path'
import tls from 'node:tls'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'
import { existsSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { isWritten, jsonLine } from './json-log.mjs'

/** @typedef {import('./messages.ts').WorkerData} WorkerData */
/** @typedef {import('./messages.ts').FromWorker} FromWorker */
/** @typedef {import('./messages.ts').ToWorker} ToWorker */

const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '::1'])

const { codeDirectory, handler, takesCallbacks, jsonLogLevel, clockOffset, certificate, context } =
  /** @type {WorkerData} */ (workerData)
/** @type {string | undefined} */
let requestId

// The function lives by the local clock, which a test may have moved on.
const machineNow = Date.now
const now = () => machineNow() + (clockOffset[0] ?? 0)
globalThis.Date = new Proxy(Date, {
  construct: (date, parts, self) =>
    Reflect.construct(date, parts.length > 0 ? parts : [now()], self),
  apply: (date) => new date(now()).toString(),
})
Date.now = now

// To the gateway's `https://` on this machine, its own certificate is as good as a public one.
const createSecureContext = tls.createSecureContext
tls.createSecureContext = (options = {}) =>
  createSecureContext(
    'host' in options && LOCAL_HOSTS.has(String(options.host))
      ? { ca: certificate, ...options }
      : options,
  )

/** @param {FromWorker} message */
const tell = (message) => parentPort?.postMessage(message)

/** @param {string} text */
const writeLog = (text) => tell({ type: 'log', text })

/**
 * @param {string | Uint8Array} chunk
 * @param {BufferEncoding | ((error?: Error | null) => void)} [encoding]
 * @param {(error?: Error | null) => void} [callback]
 */
const write = (chunk, encoding, callback) => {
  writeLog(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
  const done = typeof encoding === 'function' ? encoding : callback
  if (done) process.nextTick(() => done())
  return true
}
process.stdout.write = write
process.stderr.write = write

for (const [method, level] of /** @type {const} */ ([
  ['trace', 'TRACE'],
  ['debug', 'DEBUG'],
  ['log', 'INFO'],
  ['info', 'INFO'],
  ['warn', 'WARN'],
  ['error', 'ERROR'],
  ['fatal', 'FATAL'],
])) {
  const written = jsonLogLevel === undefined || isWritten(level, jsonLogLevel)
  // `console.fatal` is Lambda's own.
  Reflect.set(console, method, (/** @type {unknown[]} */ ...parts) => {
    if (!written) return
    const timestamp = new Date().toISOString()
    writeLog(
      jsonLogLevel === undefined
        ? `${timestamp}\t${requestId}\t${level}\t${format(...parts)}\n`
        : `${jsonLine({ timestamp, level, requestId }, parts)}\n`,
    )
  })
}

/** @param {unknown} error */
const describe = (error) =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, stack: error.stack ?? '' }
    : { errorType: typeof error, errorMessage: format(error), stack: '' }

/**
 * @param {string} what
 * @param {unknown} error
 */
const logFailure = (what, error) => {
  if (jsonLogLevel === undefined) console.error(what, JSON.stringify(describe(error)))
  else console.error(error instanceof Error ? error : new Error(format(error)))
}

/**
 * A handler that answers by whichever comes first: its promise or its callback.
 *
 * @param {(event: unknown, context: unknown, callback: (error: unknown, result: unknown) => void) => unknown} handle
 * @returns {(event: unknown, context: unknown) => unknown}
 */
const withCallback = (handle) => (event, invocation) =>
  new Promise((resolve, reject) => {
    const callback = (/** @type {unknown} */ error, /** @type {unknown} */ result) =>
      error ? reject(error) : resolve(result)
    const returned = handle(event, invocation, callback)
    if (returned instanceof Promise) returned.then(resolve, reject)
  })

/**
 * Lambda's rule: the module is the path up to the first dot of its last part, the export the rest.
 *
 * @returns {[string, string[]]}
 */
const splitHandler = () => {
  const start = handler.lastIndexOf('/') + 1
  const [moduleName = '', ...exportPath] = handler.slice(start).split('.')
  return [handler.slice(0, start) + moduleName, exportPath]
}

/** @returns {Promise<(event: unknown, context: unknown) => unknown>} */
const loadHandler = async () => {
  const [moduleName, exportPath] = splitHandler()
  const file = ['.js', '.mjs', '.cjs']
    .map((ending) => join(codeDirectory, moduleName + ending))
    .find((path) => existsSync(path))
  if (file === undefined) throw new Error(`Cannot find module '${moduleName}'`)
  const module = await import(pathToFileURL(file).href)
  const found = [module, module.default]
    .map((exported) => exportPath.reduce((value, name) => value?.[name], exported))
    .find((value) => value !== undefined)
  if (typeof found !== 'function') throw new Error(`${handler} is undefined or not exported`)
  if (found.length < 3) return found
  if (!takesCallbacks) throw new Error('the handler takes a callback, and this runtime has none')
  return withCallback(found)
}

/**
 * Says what to do about a module that Lambda's runtime has, and this machine has not.
 *
 * @param {{ errorMessage: string }} failure
 */
const explain = ({ errorMessage }) => {
  const [, name] =
    /Cannot find (?:module|package) '(@(?:aws-sdk|smithy)\/[\w.-]+)/.exec(errorMessage) ?? []
  if (name === undefined) return
  console.error(
    `Lambda's runtime has ${name}, this machine has not: npm install --save-dev ${name}`,
  )
}

try {
  const handle = await loadHandler()
  parentPort?.on('message', async (/** @type {ToWorker} */ message) => {
    requestId = message.requestId
    process.env['_X_AMZN_TRACE_ID'] = message.traceHeader
    const invocation = {
      ...context,
      awsRequestId: requestId,
      getRemainingTimeInMillis: () => message.deadlineMs - Date.now(),
    }
    try {
      const result = await handle(JSON.parse(message.event), invocation)
      tell({ type: 'result', payload: JSON.stringify(result) ?? 'null' })
    } catch (error) {
      const failure = describe(error)
      logFailure('Invoke Error', error)
      explain(failure)
      tell({ type: 'failure', ...failure })
    }
  })
  tell({ type: 'ready' })
} catch (error) {
  const failure = describe(error)
  logFailure('Init Error', error)
  explain(failure)
  tell({ type: 'failure', ...failure })
}
