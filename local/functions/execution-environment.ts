import { randomBytes, randomUUID } from 'node:crypto'
import { devNull } from 'node:os'
import { performance } from 'node:perf_hooks'
import { format } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { Credentials } from '../access/identities.ts'
import type { Session } from '../access/session.ts'
import type { Clock } from '../clock.ts'
import type { InvocationFault } from '../faults/faults.ts'
import type { FunctionDefinition } from '../template/lambda.ts'
import type { FromWorker, FunctionFailure, ToWorker, WorkerData } from './messages.ts'
import { platformLog, type PlatformLog } from './platform-log.ts'

/** How one invocation ended. */
export type InvocationResult =
  /** `payload` is the JSON of what the handler returned. */
  { readonly ok: true; readonly payload: string } | ({ readonly ok: false } & FunctionFailure)

/** How long Lambda lets a module load. */
const MAX_INIT_MS = 10_000

export interface ExecutionEnvironmentProps {
  readonly definition: FunctionDefinition
  readonly credentials: Credentials
  /** How the services see it. */
  readonly session: Session
  /** The function's own variables, and the endpoints of the services it calls. */
  readonly variables: Readonly<Record<string, string>>
  /** PEM: whose `https://` the function trusts besides the public ones. */
  readonly certificate: string
  readonly clock: Clock
  /** It is not used any more. */
  onEnd(): void
  /** Takes each line for the function's log. */
  log(source: 'platform' | 'function', line: string): void
}

/**
 * A worker thread that runs one function, one invocation at a time. It starts cold, keeps its
 * module's state between invocations, and is not used again after a timeout or a crash.
 */
export class ExecutionEnvironment {
  readonly logStreamName: string
  readonly #props: ExecutionEnvironmentProps
  readonly #platformLog: PlatformLog
  readonly #worker: Worker
  readonly #started = performance.now()
  #initMs: number | undefined
  /** Of the last invocation. */
  #requestId: string | undefined
  #settle: ((ending: InvocationResult | 'ready') => void) | undefined
  /** How the worker ended, once it has. */
  #ended: FunctionFailure | undefined
  /** What the worker threw outside of an invocation, if that ended it. */
  #uncaught: FunctionFailure | undefined

  constructor(props: ExecutionEnvironmentProps) {
    this.#props = props
    const { definition, clock } = props
    this.#platformLog = platformLog(definition.jsonLogs, clock)
    this.logStreamName = logStreamName(clock.now())
    this.#worker = new Worker(new URL('./bootstrap.mjs', import.meta.url), {
      workerData: this.#workerData(),
      env: this.#environmentVariables(),
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: definition.memoryMegabytes },
    })
    this.#worker.on('message', (message: FromWorker) => this.#receive(message))
    this.#worker.on('error', (error: unknown) => {
      // Not always an Error: a program may throw anything.
      this.#uncaught =
        error instanceof Error
          ? { errorType: error.name, errorMessage: error.message, stack: error.stack ?? '' }
          : { errorType: typeof error, errorMessage: format(error), stack: '' }
      this.#ended ??= this.#uncaught
    })
    // Lines that it wrote before may arrive after its error, but not after its exit.
    this.#worker.on('exit', () => this.#exited())
  }

  /** Whether it can take another invocation. */
  get alive(): boolean {
    return this.#ended === undefined
  }

  /** Whether its module is still to be loaded, so that the next invocation waits for that. */
  get cold(): boolean {
    return this.#initMs === undefined
  }

  /** Runs the handler. Call it only when the last invocation has ended. */
  async invoke(
    { event, traceHeader }: Pick<ToWorker, 'traceHeader'> & { readonly event: unknown },
    kill?: InvocationFault['kill'],
  ): Promise<InvocationResult> {
    const { definition, session } = this.#props
    const requestId = randomUUID()
    const init = this.cold ? await this.#init() : undefined
    this.#requestId = requestId
    this.#log('platform', this.#platformLog.start(requestId))
    const started = performance.now()
    session.handlerStarts()
    const spare = kill && this.#killLater(kill)
    const result =
      init?.ok === false
        ? init
        : await this.#run(requestId, { event: JSON.stringify(event), traceHeader })
    spare?.()
    if (this.alive) session.handlerReturns()
    const durationMs = performance.now() - started
    const initMs = init && this.#initMs
    const report = {
      requestId,
      result,
      ended: !this.alive,
      durationMs,
      billedMs: Math.ceil(durationMs + (initMs ?? 0)),
      memoryMegabytes: definition.memoryMegabytes,
      initMs,
    }
    this.#log('platform', this.#platformLog.end(report))
    return result
  }

  async terminate(): Promise<void> {
    this.#end({ errorType: 'Runtime.Terminated', errorMessage: 'the local runtime is closing' })
    await this.#worker.terminate()
  }

  async #init(): Promise<InvocationResult> {
    const timer = setTimeout(() => {
      this.#end({
        errorType: 'Sandbox.Timedout',
        errorMessage: `Init phase timed out after ${MAX_INIT_MS / 1000} seconds`,
      })
    }, MAX_INIT_MS)
    const ending = await this.#next()
    clearTimeout(timer)
    this.#initMs = performance.now() - this.#started
    if (ending === 'ready') return { ok: true, payload: 'null' }
    if (!ending.ok) this.#end(ending)
    return ending
  }

  async #run(
    requestId: string,
    invocation: Pick<ToWorker, 'event' | 'traceHeader'>,
  ): Promise<InvocationResult> {
    const { definition, clock } = this.#props
    const { timeoutSeconds } = definition
    const message: ToWorker = {
      ...invocation,
      requestId,
      deadlineMs: clock.now() + timeoutSeconds * 1000,
    }
    const cancel = clock.after(timeoutSeconds * 1000, () => {
      this.#end({
        errorType: 'Sandbox.Timedout',
        errorMessage: `Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
      })
    })
    const ending = this.#next()
    this.#worker.postMessage(message)
    const result = await ending
    cancel()
    return result === 'ready' ? { ok: true, payload: 'null' } : result
  }

  /** A fault: the environment goes down in the middle of its invocation. Returns the undo. */
  #killLater(kill: NonNullable<InvocationFault['kill']>): () => void {
    const { clock, session } = this.#props
    const goDown = (): void => {
      this.#end({ errorType: 'Runtime.ExitError', errorMessage: 'Error: the runtime was killed' })
    }
    if ('afterCalls' in kill) return session.afterCalls(kill.afterCalls, goDown)
    return clock.after(kill.afterMs, goDown)
  }

  /** The next thing that the worker says of its work, or its end. */
  #next(): Promise<InvocationResult | 'ready'> {
    if (this.#ended) return Promise.resolve({ ok: false, ...this.#ended })
    return new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  #receive(message: FromWorker): void {
    if (message.type === 'log') this.#log('function', message.text.split('\n'))
    else if (message.type === 'ready') this.#settle?.('ready')
    else if (message.type === 'result') this.#settle?.({ ok: true, payload: message.payload })
    else {
      const { errorType, errorMessage } = message
      this.#settle?.({ ok: false, errorType, errorMessage })
    }
  }

  #log(source: 'platform' | 'function', lines: readonly string[]): void {
    for (const line of lines) {
      if (line !== '') this.#props.log(source, line)
    }
  }

  #exited(): void {
    if (this.#uncaught) {
      // Also when no invocation is under way: on AWS it would fail the next one.
      this.#log('function', this.#platformLog.uncaught(this.#uncaught, this.#requestId))
    }
    this.#end({
      errorType: 'Runtime.ExitError',
      errorMessage: 'Error: Runtime exited without providing a reason',
    })
  }

  /** The environment is not used again, whatever its worker still has to do. */
  #end(failure: FunctionFailure): void {
    this.#ended ??= failure
    this.#props.onEnd()
    this.#settle?.({ ok: false, ...this.#ended })
    void this.#worker.terminate()
  }

  #workerData(): WorkerData {
    const { definition } = this.#props
    return {
      codeDirectory: definition.codeDirectory,
      handler: definition.handler,
      takesCallbacks: takesCallbacks(definition.runtime),
      jsonLogLevel: definition.jsonLogs?.applicationLogLevel,
      clockOffset: this.#props.clock.offset,
      certificate: this.#props.certificate,
      context: {
        functionName: definition.functionName,
        functionVersion: '$LATEST',
        invokedFunctionArn: definition.functionArn,
        memoryLimitInMB: String(definition.memoryMegabytes),
        logGroupName: definition.logGroupName,
        logStreamName: this.logStreamName,
      },
    }
  }

  /** Nothing of the developer's own environment: it could reach a real account. */
  #environmentVariables(): Record<string, string> {
    const { definition, credentials, variables } = this.#props
    const [, , , region = ''] = definition.functionArn.split(':')
    return {
      TZ: ':UTC',
      LANG: 'en_US.UTF-8',
      ...variables,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      AWS_CONFIG_FILE: devNull,
      AWS_SHARED_CREDENTIALS_FILE: devNull,
      // The SDK warns of this machine's Node, which is not the one that the function will have.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      AWS_EXECUTION_ENV: `AWS_Lambda_${definition.runtime}`,
      AWS_LAMBDA_FUNCTION_NAME: definition.functionName,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMegabytes),
      ...(definition.jsonLogs && {
        AWS_LAMBDA_LOG_FORMAT: 'JSON',
        AWS_LAMBDA_LOG_LEVEL: definition.jsonLogs.applicationLogLevel,
      }),
      AWS_LAMBDA_LOG_GROUP_NAME: definition.logGroupName,
      AWS_LAMBDA_LOG_STREAM_NAME: this.logStreamName,
      LAMBDA_TASK_ROOT: definition.codeDirectory,
      _HANDLER: definition.handler,
    }
  }
}

/** Lambda's runtimes before nodejs24.x give a handler a callback, if it wants one. */
function takesCallbacks(runtime: string): boolean {
  return Number(/^nodejs(\d+)/.exec(runtime)?.[1]) < 24
}

/** `2026/01/31/[$LATEST]` and 32 hexadecimal digits. */
function logStreamName(nowMs: number): string {
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '/')
  return `${day}/[$LATEST]${randomBytes(16).toString('hex')}`
}
