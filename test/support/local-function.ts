import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { onTestFinished } from 'vitest'
import { Identities } from '../../local/access/identities.ts'
import { Clock } from '../../local/clock.ts'
import { Faults } from '../../local/faults/faults.ts'
import { LocalFunction } from '../../local/functions/local-function.ts'
import { LogGroups } from '../../local/functions/log-groups.ts'
import type { FunctionDefinition } from '../../local/template/lambda.ts'
import { Trace } from '../../local/trace.ts'
import { eventually } from './eventually.ts'

const LOG_GROUP = 'Chat-Logs'

const DEFINITION: Omit<FunctionDefinition, 'codeDirectory'> = {
  functionName: 'Chat-Handler',
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:Chat-Handler',
  logicalId: 'Handler',
  roleArn: 'arn:aws:iam::000000000000:role/Chat-Role',
  handler: 'index.handler',
  runtime: 'nodejs24.x',
  timeoutSeconds: 20,
  memoryMegabytes: 128,
  environment: {},
  logGroupName: LOG_GROUP,
}

export interface TestFunctionProps {
  readonly definition?: Partial<FunctionDefinition>
  readonly variables?: Readonly<Record<string, string>>
  readonly trustedServices?: readonly string[]
}

/** One function of real worker threads, closed when the test is over. */
export class TestFunction {
  readonly trace = new Trace()
  readonly clock = new Clock()
  readonly faults = new Faults(this.trace)
  readonly identities = new Identities(this.trace, this.clock)
  readonly codeDirectory = mkdtempSync(join(tmpdir(), 'function-'))
  /** The threads that were started since, also those that have ended. */
  readonly workers: Worker[] = []
  readonly #local: LocalFunction

  /** @param code the module `index.mjs`, which exports `handler` */
  constructor(code: string, props: TestFunctionProps = {}) {
    onTestFinished(() => rmSync(this.codeDirectory, { recursive: true }))
    writeFileSync(join(this.codeDirectory, 'index.mjs'), code)
    const onWorker = (worker: Worker): void => void this.workers.push(worker)
    process.on('worker', onWorker)
    onTestFinished(() => void process.off('worker', onWorker))
    this.#local = new LocalFunction({
      definition: { ...DEFINITION, codeDirectory: this.codeDirectory, ...props.definition },
      role: {
        roleName: 'Chat-Role',
        roleArn: DEFINITION.roleArn,
        trustedServices: props.trustedServices ?? ['lambda.amazonaws.com'],
        statements: [{ effect: 'Allow', actions: ['logs:*'], resources: ['*'] }],
      },
      variables: props.variables ?? {},
      identities: this.identities,
      logGroups: new LogGroups(this.identities, this.trace, [LOG_GROUP]),
      certificate: '',
      clock: this.clock,
      faults: this.faults,
      trace: this.trace,
    })
    onTestFinished(() => this.#local.close())
  }

  invoke(event: unknown = {}): ReturnType<LocalFunction['invoke']> {
    return this.#local.invoke(event)
  }

  /** What the handler returned. */
  async answer(event: unknown = {}): Promise<unknown> {
    const result = await this.invoke(event)
    if (!result.ok) throw new Error(`${result.errorType}: ${result.errorMessage}`)
    return JSON.parse(result.payload)
  }

  close(): Promise<void> {
    return this.#local.close()
  }

  /** Whether each invocation that has ended had a cold start. */
  get coldStarts(): boolean[] {
    return this.trace.ofKind('invocation').map(({ coldStart }) => coldStart)
  }

  /** The lines of the function's log: Lambda's own, the function's, or both. */
  lines(...sources: ('platform' | 'function')[]): string[] {
    const log = this.trace.ofKind('log')
    return log
      .filter(({ source }) => sources.some((wanted) => wanted === source))
      .map(({ line }) => line)
  }

  /** Waits for a line of the function's own that contains the text. */
  logged(text: string): Promise<string> {
    return eventually(() => this.lines('function').find((line) => line.includes(text)))
  }

  /** Waits until so many threads are left. A thread that has ended has no id. */
  async threadsLeft(count: number): Promise<void> {
    await eventually(() => this.workers.filter(({ threadId }) => threadId !== -1).length === count)
  }
}
