import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Local } from '../../local/index.ts'
import { withoutNpx } from '../../local/synthesize.ts'
import { TestClient } from '../support/client.ts'
import { ROOT } from '../support/root.ts'
import { startStack } from '../support/stack.ts'

/** As `npm start` runs it. */
let local: Local
let port: string
beforeAll(async () => {
  local = await startStack({ console: { files: new Map() } })
  port = new URL(local.url).port
})
afterAll(() => local.close())

interface Outcome {
  readonly exitCode: unknown
  readonly stdout: string
  readonly stderr: string
}

interface Surroundings {
  readonly stdin?: string
  readonly env?: NodeJS.ProcessEnv
}

/** Types it in the project's folder. */
async function run(
  command: string,
  args: readonly string[],
  { stdin = '', env = {} }: Surroundings = {},
): Promise<Outcome> {
  const child = spawn(command, args, {
    cwd: ROOT,
    // On Windows npx is a script for its shell.
    shell: process.platform === 'win32' && command === 'npx',
    env: {
      ...withoutNpx(process.env),
      AWS_EC2_METADATA_DISABLED: 'true',
      // The tests' own: the command has to keep the SDK quiet by itself.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: undefined,
      ...env,
    },
  })
  child.stdin.end(stdin)
  const [[exitCode], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ])
  return { exitCode, stdout, stderr }
}

/** `switchboard publish …` without the second that npx takes. */
function publish(args: readonly string[], surroundings?: Surroundings): Promise<Outcome> {
  return run(process.execPath, ['bin/cli.mjs', 'publish', ...args], surroundings)
}

describe('npx switchboard publish', () => {
  it('reaches everyone on the stack of npm start', async () => {
    const client = await TestClient.connect(local.url)
    const args = ['switchboard', 'publish', '--to', 'everyone', '--text', 'hi', '--port', port]
    const { exitCode, stdout, stderr } = await run('npx', args)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const { id, ...message } = await client.nextOfType('message')
    expect(message).toEqual({ type: 'message', to: 'everyone', data: 'hi' })
    const queueUrl = local.outputs['DeliveryQueueUrl']
    expect(stdout).toBe(`Published ${String(id)} to everyone, by ${queueUrl}\n`)
    client.socket.close()
  })

  it("reaches a room's members, with data from the standard input", async () => {
    const [member, other] = [
      await TestClient.connect(local.url),
      await TestClient.connect(local.url),
    ]
    expect(await member.request({ action: 'join', room: 'lobby' })).toMatchObject({ type: 'ack' })
    const options = ['--id', 'mine', '--json', '--port', port]
    const { stdout } = await publish(['--to', 'room:lobby', '--data', '-', ...options], {
      stdin: '{"text":"hi"}\n',
    })
    const to = { room: 'lobby' }
    const queueUrl = local.outputs['DeliveryQueueUrl']
    expect(JSON.parse(stdout)).toEqual({ id: 'mine', to, queueUrl })
    const message = { type: 'message', id: 'mine', to, data: { text: 'hi' } }
    expect(await member.nextOfType('message')).toEqual(message)
    // What was under way to the other would have come before the answer to this.
    await other.connectionId()
    expect(other.pending).toEqual([])
    for (const client of [member, other]) client.socket.close()
  })

  it('goes by the queue that is named, with the credentials of the AWS SDK', async () => {
    const client = await TestClient.connect(local.url)
    const { accessKeyId, secretAccessKey, sessionToken } = local.credentials
    const env = {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      AWS_REGION: local.app.account.region,
      SWITCHBOARD_QUEUE_URL: local.outputs['DeliveryQueueUrl'],
    }
    const args = ['--to', await client.connectionId(), '--data', '[1]']
    expect(await publish(args, { env })).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await client.nextOfType('message')).toMatchObject({ to: 'you', data: [1] })
    const another = ['--queue-url', new URL('x', env.SWITCHBOARD_QUEUE_URL).href]
    const { exitCode, stderr } = await publish([...args, ...another], { env })
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^QueueDoesNotExist: .*\nThe stack's output DeliveryQueueUrl names it/)
    client.socket.close()
  })

  it.each<[string, readonly string[], RegExp]>([
    ['no JSON', ['--to', 'everyone', '--data', '{hi}'], /^--data: expected JSON \(or --text\)/],
    ['no target', ['--to', 'a b', '--text', 'hi'], /^to: expected "everyone"/],
    [
      'no id',
      ['--to', 'everyone', '--text', 'hi', '--id', ''],
      /^id: expected a string of 1 to 64/,
    ],
  ])('says what is wrong with the command line: %s', async (_, args, message) => {
    const { exitCode, stdout, stderr } = await publish([...args, '--port', port])
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/--help says more/)
  })
})
