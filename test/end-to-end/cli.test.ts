import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { decodeJwt } from 'jose'
import { afterEach, describe, expect, inject, it, onTestFinished } from 'vitest'
import { newAssemblyDirectory } from '../../local/index.ts'
import { closeServer, listen } from '../../local/http.ts'
import { parseJsonObject } from '../../local/json.ts'
import { withoutNpx } from '../../local/synthesize.ts'
import { managementClient } from '../support/backend.ts'
import { refusedHandshake, TestClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { ROOT } from '../support/root.ts'

interface Run {
  readonly child: ChildProcess
  /** Standard output and error, together. */
  printed(): string
  readonly exitCode: Promise<number | null>
}

let running: Run[] = []

afterEach(async () => {
  // Asked, not killed, so that each takes away what it has laid down.
  for (const { child } of running) child.kill('SIGTERM')
  await Promise.all(running.map(({ exitCode }) => exitCode))
  running = []
})

/** What `npm start -- …` runs. */
function start(...args: readonly string[]): Run {
  return startIn(ROOT, ...args)
}

/** The same in the folder of another app, below this one. */
function startIn(cwd: string, ...args: readonly string[]): Run {
  const cli = join(ROOT, 'local', 'cli.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', cli, ...args], { cwd })
  let printed = ''
  const collect = (chunk: Buffer): void => {
    printed += chunk.toString('utf8')
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const exitCode = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : null))
  const run = { child, exitCode, printed: () => printed }
  running.push(run)
  return run
}

async function urlOf(run: Run): Promise<string> {
  return eventually(() => /ws:\/\/localhost:\d+\/prod/.exec(run.printed())?.[0], 60_000)
}

/** The page is at the root of the stage's port. */
function consoleUrlOf(url: string): string {
  return `http://${new URL(url).host}/`
}

/** A token as the page gets it. */
async function consoleToken(url: string, subject: string): Promise<string> {
  const page = consoleUrlOf(url)
  const response = await fetch(`${page}@console/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: new URL(page).origin },
    body: JSON.stringify({ subject }),
  })
  return String(parseJsonObject(await response.text())?.['token'])
}

/** What a shell shows when a line is typed in it, and then another in what it has started. */
async function typed(line: string, text: string): Promise<string> {
  // A shell of its own: an npx that runs these tests would be told to this one.
  const env = withoutNpx(process.env)
  // It waits so many seconds for what comes back.
  const child = spawn(`${line.trim()} -x ${text} -w 3`, { cwd: ROOT, shell: true, env })
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString('utf8')
  })
  await once(child, 'close')
  return printed
}

describe('npm start', () => {
  it('says where the stack is and what to type, shows each event, and ends at Ctrl-C', async () => {
    const run = start('--port', '0', '--assembly', inject('assembly'))
    const url = await urlOf(run)
    expect(run.printed()).toContain(`npx wscat -c ${url}`)
    expect(run.printed()).toContain('{"action":"sendmessage","data":"hi"}')

    const client = await TestClient.connect(url)
    const connectionId = await client.connectionId()
    await client.close()
    expect(run.printed()).toContain(` ${consoleUrlOf(url)} `)
    expect(await (await fetch(consoleUrlOf(url))).text()).toContain('<title>Switchboard console')

    const events = ['connect', 'message', 'disconnect']
    const lines = events.map((event) => new RegExp(`${event} +${connectionId} `))
    await eventually(() => lines.every((line) => line.test(run.printed())))

    run.child.kill('SIGINT')
    expect(await run.exitCode).toBe(0)
  })

  it('shows credentials when it is asked for them, and they are good, and no events when it is to be quiet', async () => {
    const run = start('--port', '0', '--credentials', '--quiet', '--assembly', inject('assembly'))
    const client = await TestClient.connect(await urlOf(run))
    const connectionId = await client.connectionId()
    const shown = (name: string): string =>
      new RegExp(`${name}(?: = |=)'(.+)'`).exec(run.printed())?.[1] ?? ''
    const sdk = managementClient({
      callbackUrl: /--endpoint-url (\S+\/prod)/.exec(run.printed())?.[1] ?? '',
      region: shown('AWS_DEFAULT_REGION'),
      credentials: {
        accessKeyId: shown('AWS_ACCESS_KEY_ID'),
        secretAccessKey: shown('AWS_SECRET_ACCESS_KEY'),
        sessionToken: shown('AWS_SESSION_TOKEN'),
      },
    })
    await sdk.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'hello' }))
    expect(await client.nextText()).toBe('hello')
    await client.close()
    run.child.kill('SIGTERM')
    expect(await run.exitCode).toBe(0)
    expect(run.printed()).not.toContain(connectionId)
    await client.close()
  })

  it('lets things go wrong by the rules in a file, and shows them', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'faults-')), 'faults.json')
    onTestFinished(() => rmSync(dirname(file), { recursive: true }))
    writeFileSync(file, JSON.stringify({ rules: [{ on: 'connections', status: 429 }] }))
    const run = start('--port', '0', '--faults', file, '--assembly', inject('assembly'))
    const client = await TestClient.connect(await urlOf(run))
    const ack = await client.request({ action: 'sendmessage', data: 'hi' })
    expect(ack).toMatchObject({ sent: 0, failed: 1 })
    expect(run.printed()).toMatch(/fault +connections POST +status 429/)
    await client.close()
  })

  it('says what is wrong in a file of faults', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'faults-')), 'faults.json')
    onTestFinished(() => rmSync(dirname(file), { recursive: true }))
    writeFileSync(file, JSON.stringify({ rules: [{ on: 'connections', status: 'many' }] }))
    const run = start('--port', '0', '--faults', file)
    expect(await run.exitCode).toBe(1)
    expect(run.printed()).not.toContain('--assembly DIR')
    expect(run.printed()).toMatch(/--faults: .*faults\.json[^]*rules\.0\.status/)
  })

  it('synthesizes the app of this folder when it is given no assembly, with an issuer of tokens when it is asked for one', async () => {
    const run = start('--port', '0', '--auth')
    const url = await urlOf(run)
    expect((await refusedHandshake(url)).status).toBe(401)
    await eventually(() => run.printed().includes('Ctrl-C ends it.'))
    expect(run.printed()).toContain('good for 1 hour')
    const token = /^ +alice +(\S+)$/m.exec(run.printed())?.[1] ?? ''
    expect(decodeJwt(token)).toMatchObject({ sub: 'alice' })
    const line =
      run
        .printed()
        .split('\n')
        .find((text) => text.includes(`Bearer ${token}`)) ?? ''
    expect(await typed(line, 'BROADCAST:hi')).toContain('"type":"ack"')
    const subprotocols = ['switchboard.v1', `bearer.${await consoleToken(url, 'bob')}`]
    const bob = await TestClient.connect(url, { subprotocols })
    await bob.close()
    run.child.kill('SIGINT')
    expect(await run.exitCode).toBe(0)
  }, 90_000)

  it('says so when it is to ask for tokens and the app has no authorizer', async () => {
    const project = newAssemblyDirectory(ROOT, 'project-')
    onTestFinished(() => rmSync(project, { recursive: true }))
    const copy = `cpSync(${JSON.stringify(inject('assembly'))}, process.env.CDK_OUTDIR, { recursive: true })`
    writeFileSync(join(project, 'app.mjs'), `import { cpSync } from 'node:fs'\n${copy}`)
    writeFileSync(join(project, 'cdk.json'), JSON.stringify({ app: 'node app.mjs' }))
    const run = startIn(project, '--port', '0', '--auth')
    expect(await run.exitCode).toBe(1)
    expect(run.printed()).toContain('--auth: the $connect of this app has no authorizer')
    expect(run.printed()).not.toContain('    at ')
  })

  it('says so when the port is taken, and names the way out', async () => {
    const server = createServer()
    onTestFinished(() => closeServer(server))
    const port = await listen(server, 0)
    const run = start('--port', String(port), '--assembly', inject('assembly'))
    expect(await run.exitCode).toBe(1)
    expect(run.printed()).toContain(`Port ${port} is taken`)
    expect(run.printed()).toContain(`npm start -- --port ${port + 1}`)
    expect(run.printed()).not.toContain('    at ')
  })

  it.each([
    [['--port', 'abc'], /--port: expected a number from 0 to 65535, received abc/],
    [['--port', '65536'], /--port: expected a number from 0 to 65535, received 65536/],
    [['--dynamodb', 'localhost:8000'], /--dynamodb: expected a URL with http:\/\/, received local/],
    [['--auth', '--assembly', 'cdk.out'], /--auth: not with --assembly, which has its issuer/],
    [['--colour'], /--colour/],
  ])('explains itself when it is called with %j', async (args, message) => {
    const run = start(...args)
    expect(await run.exitCode).toBe(2)
    expect(run.printed()).toMatch(message)
    expect(run.printed()).toContain('--assembly DIR')
  })

  it('says so when there is no file of faults', async () => {
    const run = start('--port', '0', '--faults', 'no-such.json')
    expect(await run.exitCode).toBe(1)
    expect(run.printed()).toMatch(/--faults: no-such\.json: /)
  })

  it('says what to do when there is no assembly', async () => {
    const run = start('--port', '0', '--assembly', 'no/such/folder')
    expect(await run.exitCode).toBe(1)
    expect(run.printed()).toMatch(/no cloud assembly in .*: run "npx cdk synth" first/)
  })

  it('says so when what it is to ignore is not in the app', async () => {
    const ignore = ['--ignore', 'AWS::Cognito::*', '--ignore', 'AWS::Lambda::Function.VpcConfig']
    const run = start('--port', '0', '--assembly', inject('assembly'), ...ignore)
    expect(await run.exitCode).toBe(1)
    expect(run.printed()).toContain('--ignore AWS::Cognito::* fits nothing in this app')
    expect(run.printed()).toContain('--ignore AWS::Lambda::Function.VpcConfig fits nothing')
  })

  it('lists its options with --help', async () => {
    const run = start('--help')
    expect(await run.exitCode).toBe(0)
    for (const option of [
      '--port',
      '--assembly',
      '--auth',
      '--ignore',
      '--quiet',
      '--dynamodb',
      '--help',
    ]) {
      expect(run.printed()).toContain(option)
    }
  })
})
