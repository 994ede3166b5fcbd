import { asyncProperty, assert, oneof } from 'fast-check'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import type { Local } from '../../local/index.ts'
import { TestClient } from '../support/client.ts'
import { editedAssembly, setVariable } from '../support/edited-assembly.ts'
import { startStack } from '../support/stack.ts'
import { anyBytes, anyCommand, anyText, anyTextForm } from './arbitrary-frames.ts'
import { cases } from './cases.ts'

let local: Local
let client: TestClient
beforeAll(async () => {
  const assembly = editedAssembly(inject('assembly'), (template) => {
    setVariable(template, 'MESSAGES_PER_SECOND', 0)
  })
  local = await startStack({ assembly })
  client = await TestClient.connect(local.url)
})
afterAll(() => local.close())

it('any frame on the wire has one reply, and the connection stays', async () => {
  const frames = oneof(anyText, anyBytes, anyCommand, anyTextForm)
  const hasOneReply = async (frame: string): Promise<void> => {
    const { type } = await client.request(frame)
    expect(['ack', 'members', 'error']).toContain(type)
    // What else it had would come before a later reply.
    expect(await client.request({ action: 'ping' })).toMatchObject({ type: 'pong' })
    const others = client.pending.filter((text) => !text.startsWith('{"type":"message"'))
    expect(others).toEqual([])
  }
  await assert(asyncProperty(frames, hasOneReply), cases(300))
  const failed = local.trace.ofKind('invocation').filter(({ error }) => error !== undefined)
  expect(failed).toEqual([])
  expect(local.trace.ofKind('log').filter(({ line }) => line.includes('ERROR'))).toEqual([])
  await client.close()
})
