import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startLocal, synthesize, UnsupportedError, type Local } from '../../local/index.ts'
import { TestClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { ROOT } from '../support/root.ts'

const APP = join(ROOT, 'test', 'foreign', 'app')

let directory: string
beforeAll(async () => {
  // Not inside of this project: such an assembly has no node_modules above it.
  directory = mkdtempSync(join(tmpdir(), 'foreign-assembly-'))
  await synthesize(APP, join(directory, 'cdk.out'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('a CDK app that is not ours', () => {
  it('runs: connect, send to a room, ask, leave', async () => {
    const local = await startLocal({ assembly: join(directory, 'cdk.out') })
    onTestFinished(() => local.close())
    const [ann, ben, eve] = await Promise.all([
      TestClient.connect(`${local.url}?room=tea`),
      TestClient.connect(`${local.url}?room=tea`),
      TestClient.connect(`${local.url}?room=coffee`),
    ])
    ann.send({ action: 'send', room: 'tea', text: 'hello, tea' })
    expect(await ben.nextText()).toBe('hello, tea')
    expect(await ann.nextText()).toBe('hello, tea')
    eve.send({ action: 'send', room: 'coffee', text: 'hello, coffee' })
    expect(await eve.nextText()).toBe('hello, coffee')

    eve.send({ action: 'about' })
    expect(JSON.parse(await eve.nextText())).toEqual({
      capacity: 3,
      tableArn: local.app.tables[0]?.tableArn,
      greeting: 'ForeignApi in dev',
      pageSize: '10',
    })

    await Promise.all([ann, ben, eve].map((client) => client.close()))
    await eventually(() => disconnects(local).length === 3)
    expect(local.trace.ofKind('invocation').filter(({ error }) => error !== undefined)).toEqual([])
    expect(local.trace.ofKind('call').filter(({ allowed }) => !allowed)).toEqual([])
  })

  it('keeps its door closed to who names no room', async () => {
    const local = await startLocal({ assembly: join(directory, 'cdk.out') })
    onTestFinished(() => local.close())
    await expect(TestClient.connect(local.url)).rejects.toThrow('401')
  })
})

describe('an app with a pool and a function in a network', () => {
  it('is refused with all of it in one list, and runs with what the list names', async () => {
    const assembly = join(directory, 'refused', 'cdk.out')
    await synthesize(join(ROOT, 'test', 'foreign', 'refused'), assembly)
    const error = await startLocal({ assembly }).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (!(error instanceof UnsupportedError)) throw new Error('it was not refused')
    const ignore = [...new Set(error.problems.map((problem) => problem.ignore ?? problem.path))]
    expect(ignore).toEqual(
      expect.arrayContaining([
        'AWS::Cognito::UserPool',
        'AWS::EC2::VPC',
        'AWS::EC2::Subnet',
        'AWS::Lambda::Function.VpcConfig',
      ]),
    )
    expect(ignore.filter((text) => !/^AWS::(Cognito|EC2|Lambda)::/.test(text))).toEqual([])
    for (const text of ignore) expect(error.message).toContain(`--ignore ${text}`)

    const local = await startLocal({ assembly, ignore })
    onTestFinished(() => local.close())
    const report = local.app.functions.find(({ logicalId }) => logicalId.startsWith('Report'))
    expect(report?.environment['POOL_ID']).toMatch(/^ignored-Users/)
    expect(report?.environment['POOL_ARN']).toMatch(/^arn:aws:cognito:.*:ignored-Users/)
    const client = await TestClient.connect(`${local.url}?room=tea`)
    client.send({ action: 'send', room: 'tea', text: 'hello' })
    expect(await client.nextText()).toBe('hello')
    await client.close()
  })
})

function disconnects(local: Local): readonly unknown[] {
  return local.trace.ofKind('invocation').filter(({ functionName }) => {
    return functionName.startsWith('ForeignApi-Disconnect')
  })
}
