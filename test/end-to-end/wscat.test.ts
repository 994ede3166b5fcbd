import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { startLocal, type Local } from '../../local/index.ts'
import { eventually } from '../support/eventually.ts'

const WSCAT = join(
  dirname(createRequire(import.meta.url).resolve('wscat/package.json')),
  'bin',
  'wscat',
)

let local: Local

beforeAll(async () => {
  local = await startLocal({ assembly: inject('assembly') })
})

afterAll(() => local.close())

it('wscat shows what the README shows', async () => {
  const wscat = spawn(process.execPath, [WSCAT, '-c', local.url])
  const printed = collect(wscat)
  // Without a terminal wscat does not say that it is connected.
  await eventually(() => local.trace.ofKind('handshake').length === 1)

  const type = async (line: string, expected: RegExp): Promise<void> => {
    wscat.stdin.write(`${line}\n`)
    await eventually(() => expected.test(printed()))
  }
  await type('{"action":"ping"}', /\{"type":"pong","connectionId":"[\w-]{15}="\}/)
  await type('{"action":"sendmessage","data":"hi"}', /\{"type":"message",.*"data":"hi"\}/)
  await type('BROADCAST:hello', /\{"type":"message",.*"data":"hello"\}/)
  await type('{"action":"nope"}', /\{"type":"error","code":"UNKNOWN_ACTION",/)
  await type('not json', /\{"type":"error","code":"BAD_MESSAGE",/)
  expect(printed().match(/\{"type":"ack",.*"sent":1,"gone":0,"failed":0\}/g)).toHaveLength(2)

  wscat.stdin.end()
  wscat.kill()
  await once(wscat, 'exit')
})

function collect(child: ChildProcessWithoutNullStreams): () => string {
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString('utf8')
  })
  return () => printed
}
