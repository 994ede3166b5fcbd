import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildClient } from '../../scripts/build-client.ts'
import { ROOT } from '../support/root.ts'

const NAMES = ['AuthError', 'SwitchboardError', 'createClient']

const TYPES = [
  'BroadcastOptions',
  'Client',
  'ClientErrorCode',
  'ClientEvents',
  'ClientOptions',
  'ClientState',
  'Clock',
  'MessageOf',
  'Receipt',
  'SendOptions',
  'StateChange',
  'StateReason',
  'TokenRequest',
  'WebSocketClass',
  'WebSocketLike',
]

/** What an app may write, and two mistakes that its compiler has to see. */
const APP = `
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

/** An app's folder, with the package as npm would put it there. */
let app: string

beforeAll(async () => {
  app = mkdtempSync(join(tmpdir(), 'switchboard-package-'))
  mkdirSync(installed(), { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(installed(), 'package.json'))
  await buildClient(join(installed(), 'dist'))
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(app, 'app.ts'), APP)
})

afterAll(() => rmSync(app, { recursive: true, force: true }))

describe('the package', () => {
  it('runs in plain Node, and exports what is documented', () => {
    const program = "console.log(...Object.keys(await import('serverless-switchboard/client')))"
    const { stdout } = node('--input-type=module', '--eval', program)
    expect(stdout.trim().split(' ').toSorted()).toEqual(NAMES)
  })

  it('has these types and no others', () => {
    const index = readFileSync(join(installed(), 'dist', 'client', 'index.d.ts'), 'utf8')
    const lists = [...index.matchAll(/^export (?:type )?\{([^}]*)\} from '[^']+';$/gm)]
    expect(lists.map(([statement]) => statement).join('\n')).toBe(index.trim())
    const names = lists.flatMap(([, list = '']) => list.match(/\w+(?=\s*(?:,|$))/g) ?? [])
    expect(names.toSorted()).toEqual([...NAMES, ...TYPES].toSorted())
  })

  it('fits an app for browsers, which has no types of Node', () =>
    typeCheck('--lib', 'es2022,dom', '--types', ''))

  it('fits an app for Node, which has no types of browsers', () =>
    typeCheck(
      '--lib',
      'es2022',
      '--typeRoots',
      join(ROOT, 'node_modules/@types'),
      '--types',
      'node',
    ))
})

function installed(): string {
  return join(app, 'node_modules', 'serverless-switchboard')
}

/** Fails with what tsc has to say of the app or of the package's own types. */
function typeCheck(...options: readonly string[]): void {
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false', '--noEmit']
  const language = ['--target', 'es2022', '--module', 'nodenext']
  const tsc = [join(typescript, 'bin', 'tsc'), ...strict, ...language, ...options, 'app.ts']
  expect(node(...tsc)).toEqual({ status: 0, stdout: '' })
}

function node(...args: readonly string[]) {
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: app, encoding: 'utf8' })
  return { status, stdout }
}
