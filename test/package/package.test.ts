import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../support/root.ts'
import { ThrowawayApp } from './throwaway-app.ts'

/** A sixth more than it had when somebody last looked: what goes over it, is there for a reason. */
const MAX_PACKED_BYTES = 900_000
const MAX_UNPACKED_BYTES = 2_950_000

const CLIENT_VALUES = ['AuthError', 'SwitchboardError', 'createClient']

const CLIENT_TYPES = [
  'BroadcastOptions',
  'Client',
  'ClientErrorCode',
  'ClientEvents',
  'ClientOptions',
  'ClientState',
  'Clock',
  'JoinOptions',
  'MembersOptions',
  'MembersPage',
  'MessageOf',
  'Receipt',
  'Room',
  'RoomEvents',
  'SendOptions',
  'StateChange',
  'StateReason',
  'TokenRequest',
  'WebSocketClass',
  'WebSocketLike',
]

/** What an app may write, and two mistakes that its compiler has to see. */
const CHAT = `
import { createClient, SwitchboardError, type Client } from 'serverless-switchboard/client'
type Chat = { readonly text: string }
export async function talk(url: URL): Promise<string> {
  await using client: Client<Chat> = createClient<Chat>({ url, getToken: ({ signal }) => String(signal.aborted) })
  const { id } = await client.broadcast({ text: 'hi' }, { signal: AbortSignal.timeout(1000) })
  client.on('message', ({ data, from }) => from + data.text)
  for await (const { data } of client.messages()) if (data.text === id) break
  // @ts-expect-error it is no Chat
  await client.broadcast('hi')
  // @ts-expect-error there is no such code
  return new SwitchboardError('NONSENSE', '').code
}
`

const PASSED = { status: 0, stdout: '' }
const LANGUAGE = ['--target', 'es2023', '--module', 'nodenext']
const STRICT = ['--strict', '--skipLibCheck', 'false']
/** For what imports the CDK, whose own types take seconds to check. */
const WITH_CDK = ['--strict', '--skipLibCheck']
const NODE = ['--lib', 'es2023', '--types', 'node']
/** The CDK's own types do not bear the last. */
const BROWSER = ['--lib', 'es2022,dom', '--types', '', '--exactOptionalPropertyTypes']

let app: ThrowawayApp

beforeAll(async () => {
  app = await ThrowawayApp.create()
}, 120_000)

afterAll(() => app.remove())

describe('the package', () => {
  it('has what its entries need, and none of the sources', () => {
    const folders = app.packed.files.map(({ path }) => path.split('/', 2).join('/'))
    const parts = ['client', 'lambdas', 'lib', 'local', 'protocol', 'publish'].map(
      (part) => `dist/${part}`,
    )
    const others = ['LICENSE', 'README.md', 'README.zh-CN.md', 'bin/cli.mjs', 'package.json']
    expect([...new Set(folders)].toSorted()).toEqual([...others, ...parts].toSorted())
    const unwanted = app.packed.files.filter(({ path }) => /(?<!\.d)\.ts$|\.map$|test/.test(path))
    expect(unwanted).toEqual([])
  })

  it('stays as small as it is', () => {
    const { size, unpackedSize } = app.packed
    expect(size).toBeLessThan(MAX_PACKED_BYTES)
    expect(unpackedSize).toBeLessThan(MAX_UNPACKED_BYTES)
  })

  it('says nothing of the machine that built it', () => {
    const files = app.packed.files.map(({ path }) => join(app.installed, path))
    expect(files.filter((file) => readFileSync(file).includes(ROOT))).toEqual([])
  })

  it('passes on the licences of what is bundled in the functions', () => {
    const licences = readFileSync(join(app.installed, 'dist', 'lambdas', 'LICENSES.txt'), 'utf8')
    const names = licences.match(/^(?:[@\w/-]+, )*[@\w/-]+$/gm)?.flatMap((line) => line.split(', '))
    // One of each author's.
    expect(names).toEqual(
      expect.arrayContaining([
        '@aws-sdk/client-dynamodb',
        '@smithy/core',
        'aws-jwt-verify',
        'valibot',
      ]),
    )
    expect(licences).toMatch(/^ *Apache License$[^]*^MIT License$/m)
  })

  it('is what publint expects of one', async () => {
    expect(await app.tool('publint/src/cli.js', app.tarball)).toMatchObject({ status: 0 })
  })

  it('has types that resolve, says arethetypeswrong', async () => {
    const cli = '@arethetypeswrong/cli/dist/index.js'
    const options = ['--profile', 'esm-only', '--format', 'ascii']
    expect(await app.tool(cli, app.tarball, ...options)).toMatchObject({ status: 0 })
  })

  it('can be required too, with neither esbuild nor tsx at hand', async () => {
    const program = `
      for (const entry of ['', '/client', '/local', '/publish']) require('serverless-switchboard' + entry)
      for (const name of ['esbuild', 'tsx', 'typescript'])
        try { console.log(require.resolve(name)) } catch {}`
    expect(await app.node('--no-warnings', '--eval', program)).toEqual(PASSED)
  })
})

describe('its command', () => {
  it('runs what was built, by the name that npx knows', async () => {
    const command = join(app.folder, 'node_modules', '.bin', 'switchboard')
    expect(existsSync(command)).toBe(true)
    const { status, stdout } = await app.node(join(app.installed, 'bin', 'cli.mjs'), '--help')
    expect(status).toBe(0)
    expect(stdout).toContain('npx switchboard publish --to')
  })
})

describe('its client', () => {
  beforeAll(() => app.write('chat.ts', CHAT))

  it('exports what is documented', async () => {
    const program = "console.log(...Object.keys(await import('serverless-switchboard/client')))"
    const { stdout } = await app.node('--input-type=module', '--eval', program)
    expect(stdout.trim().split(' ').toSorted()).toEqual(CLIENT_VALUES)
  })

  it('has these types and no others', () => {
    const index = readFileSync(join(app.installed, 'dist', 'client', 'index.d.ts'), 'utf8')
    const lists = [...index.matchAll(/^export (?:type )?\{([^}]*)\} from '[^']+';$/gm)]
    expect(lists.map(([statement]) => statement).join('\n')).toBe(index.trim())
    const names = lists.flatMap(([, list = '']) => list.match(/\w+(?=\s*(?:,|$))/g) ?? [])
    expect(names.toSorted()).toEqual([...CLIENT_VALUES, ...CLIENT_TYPES].toSorted())
  })

  it('fits an app for browsers, which has no types of Node', async () => {
    const options = [...LANGUAGE, ...STRICT, ...BROWSER, '--noEmit']
    expect(await app.tsc(...options, 'chat.ts')).toEqual(PASSED)
  })
})

describe('an app as docs/PACKAGE.md has it', () => {
  it('compiles, is synthesized and runs', async () => {
    const examples = readExamples()
    for (const [file, text] of examples) app.write(file, text)
    app.write('cdk.json', '{ "app": "node app.js" }')
    const others = [...examples.keys(), 'chat.ts'].filter((file) => file !== 'app.ts')
    expect(await app.tsc(...LANGUAGE, ...STRICT, ...NODE, ...others)).toEqual(PASSED)
    expect(await app.tsc(...LANGUAGE, ...WITH_CDK, ...NODE, 'app.ts')).toEqual(PASSED)
    // Node 20 has it, behind this.
    const { stdout } = await app.node('--experimental-websocket', 'talk.js')
    expect(stdout).toMatch(/^acknowledged {[^}]*sent: 1,/m)
    expect(stdout).toMatch(/^received {[^}]*from: '[^}]*data: { text: 'hi' }/m)
    expect(stdout).toMatch(/^received {[^}]*to: 'everyone',\s*data: { text: 'news' }/m)
  }, 60_000)
})

/** The modules of the page, by the name in their first line. */
function readExamples(): ReadonlyMap<string, string> {
  const page = readFileSync(join(ROOT, 'docs', 'PACKAGE.md'), 'utf8')
  const blocks = [...page.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```/gms)]
  return new Map(blocks.map(([, file = '', text = '']) => [file, text]))
}
