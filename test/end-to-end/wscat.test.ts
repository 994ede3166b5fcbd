import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Local } from '../../local/index.ts'
import { TestClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { ROOT } from '../support/root.ts'
import { startStack } from '../support/stack.ts'

const require = createRequire(import.meta.url)
const WSCAT = join(dirname(require.resolve('wscat/package.json')), 'bin', 'wscat')

/** A line that is typed, and what wscat shows then. */
interface Exchange {
  readonly typed: string
  readonly shown: string[]
}

let local: Local

beforeAll(async () => {
  local = await startStack()
})

afterAll(() => local.close())

it('wscat shows what the README shows', async () => {
  const exchanges = readmeSession()
  expect(exchanges.length).toBeGreaterThan(2)
  // The second terminal of the README.
  const other = await TestClient.connect(local.url)
  const wscat = spawn(process.execPath, [WSCAT, '-c', local.url])
  const lines = collectLines(wscat)
  // Without a terminal wscat does not say that it is connected.
  await eventually(() => local.trace.ofKind('handshake').length === 2)

  for (const { typed, shown } of exchanges) {
    const before = lines().length
    wscat.stdin.write(`${typed}\n`)
    await eventually(() => lines().length >= before + shown.length)
    const answers = lines().slice(before)
    expect(new Set(answers.map(withoutIds))).toEqual(new Set(shown.map(withoutIds)))
  }
  wscat.stdin.end()
  wscat.kill()
  await once(wscat, 'exit')
  await other.close()
})

/** What the README shows after "Connected": `>` what is typed, `<` what comes. */
function readmeSession(): Exchange[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const session = /^Connected .*\n((?:[<>] .*\n)+)/m.exec(readme)?.[1] ?? ''
  const exchanges: Exchange[] = []
  for (const line of session.trimEnd().split('\n')) {
    const text = line.slice(2)
    if (line.startsWith('>')) exchanges.push({ typed: text, shown: [] })
    else exchanges.at(-1)?.shown.push(text)
  }
  return exchanges
}

/** Ids are new in every run, but for the one of a client that was never there. */
function withoutIds(frame: string): string {
  return frame
    .replace(/[\da-f]{8}-[\da-f-]{27}/g, 'message-id')
    .replace(/"(from|connectionId)":"[\w-]{15}="/g, '"$1":"connection-id"')
}

/** The whole lines that it has printed, without wscat's prompt. */
function collectLines(child: ChildProcessWithoutNullStreams): () => string[] {
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString('utf8')
  })
  return () =>
    printed
      .split('\n')
      .slice(0, -1)
      .map((line) => line.replace(/^(> )+/, ''))
}
