import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node'
import { summaryOf, theContract, type Outcome } from './contract.ts'
import { ROOT } from './root.ts'

const FOLDER = join(ROOT, 'test', 'gateway')

/** Says at the end of a run how many rows of the gateway's contract its tests have proven. */
export class ContractReporter implements Reporter {
  #vitest: Vitest | undefined

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (!this.#vitest || this.#vitest.config.testNamePattern !== undefined) return
    const files = new Map(modules.map((module) => [join(module.moduleId), module]))
    const ofGateway = gatewayTestFiles().map((file) => files.get(file))
    // A part of the folder would prove less than there is.
    if (ofGateway.some((module) => module === undefined)) return
    const tests = ofGateway.flatMap((module) => [...(module?.children.allTests() ?? [])])
    this.#vitest.logger.log(`${summaryOf(theContract(), tests.map(outcomeOf))}\n`)
  }
}

function gatewayTestFiles(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(FOLDER, name))
}

function outcomeOf(test: TestCase): Outcome {
  const { state } = test.result()
  return { title: test.name, state: state === 'pending' ? 'failed' : state }
}
