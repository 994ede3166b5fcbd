import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/**
 * Holds up a function of the fixture until the test opens it, so that "while it runs" needs no
 * guess of how long that takes. It is a file, because functions share nothing else with a test.
 */
export class Gate {
  /** The file that the function waits for. */
  readonly file: string

  constructor() {
    const directory = mkdtempSync(join(tmpdir(), 'gate-'))
    this.file = join(directory, 'open')
    onTestFinished(() => rmSync(directory, { recursive: true }))
  }

  open(): void {
    writeFileSync(this.file, '')
  }
}
