import { readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { AssemblyError, UnsupportedError } from './errors.ts'
import { readFaults, type FaultPlan } from './faults/rules.ts'
import { closeServer, listen } from './http.ts'
import type { ConsoleTokens } from './console/api.ts'
import type { ConsoleOptions } from './console/console.ts'
import type { LocalCertificate } from './gateway/local-certificate.ts'
import type { Local, StartLocalOptions } from './start-local.ts'
import { newAssemblyDirectory, synthesize } from './synthesize.ts'
import { banner, credentialsHelp, formatEntry, progress, type Pass } from './terminal.ts'
import { TOKEN_LIFETIME_SECONDS } from './token-lifetime.ts'

const DEFAULT_PORT = 3001

/** Of the tokens that `--auth` shows. */
const AUDIENCE = 'local'

const HELP = `Runs the stack of this folder's CDK app on this machine: the synthesized template itself, with its
bundles, routes, roles and variables, behind a local API Gateway. It needs no AWS account. At the root
of its port, http://localhost:${DEFAULT_PORT}/, is a page to try it with.

  npm start -- [options]

  --port N         the port to listen on; 0 for any that is free (default ${DEFAULT_PORT})
  --assembly DIR   run a synthesized cloud assembly, such as cdk.out, and synthesize nothing
  --auth           start an issuer of tokens too, synthesize with the context jwtIssuer and jwtAudience,
                   and show tokens for alice and bob
  --ignore TYPE    go on without the resources of a type, such as AWS::Cognito::UserPool or 'AWS::EC2::*',
                   without those with a value, such as AWS::Lambda::Function.Runtime=python3.13, or
                   without a property, such as AWS::Lambda::Function.VpcConfig; may be given repeatedly
  --dynamodb URL   another DynamoDB, such as AWS's DynamoDB Local, in place of the one in memory
  --faults FILE    let things go wrong, by the rules in a JSON file; docs/LOCAL.md says which there are
  --credentials    show credentials and commands for the AWS CLI
  --quiet          no line per event
  --help           this text
`

/** A mistake in the command line, or something in the way: told in a sentence, without a stack. */
class UsageError extends Error {
  override readonly name = 'UsageError'
}

interface Options {
  readonly port: number
  readonly assembly: string | undefined
  readonly auth: boolean
  readonly ignore: readonly string[]
  readonly dynamodbUrl: string | undefined
  readonly faultsFile: string | undefined
  readonly credentials: boolean
  readonly quiet: boolean
  readonly help: boolean
}

try {
  await main(readOptions())
} catch (error) {
  const expected =
    error instanceof UsageError ||
    error instanceof AssemblyError ||
    error instanceof UnsupportedError
  console.error(expected ? `\n${error.message}\n` : error)
  process.exitCode = 1
}

async function main(options: Options): Promise<void> {
  if (options.help) return console.log(HELP)
  await assertFree(options.port)
  const parts: Part[] = []
  const close = async (): Promise<void> => {
    for (const part of parts.toReversed()) await part.close()
  }
  onInterrupt(close)
  try {
    await run(options, parts)
  } catch (error) {
    // What has been started would keep the process alive.
    await close()
    throw error
  }
}

interface Part {
  close(): Promise<void>
}

/** @param parts what it starts, for whoever ends it */
async function run(options: Options, parts: Part[]): Promise<void> {
  const started = Date.now()
  const faults = options.faultsFile === undefined ? undefined : readFaultsFile(options.faultsFile)
  const door = options.auth ? await openDoor() : undefined
  if (door) parts.push(door)
  const [files, assembly] = await Promise.all([
    buildPage(),
    options.assembly ?? synthesizeHere(door?.context),
  ])
  const page = { files, tokens: door?.tokens }
  const given = { faults, certificate: door?.certificate, console: page }
  const local = await start(assembly, given, options)
  parts.push(local)
  if (door) assertAsksForTokens(local)
  console.log(banner(local, Date.now() - started, door?.passes))
  if (options.credentials) console.log(credentialsHelp(local))
}

async function buildPage(): Promise<ConsoleOptions['files']> {
  const { buildConsole } = await import('../console/build.ts')
  return buildConsole()
}

/** An issuer that the functions trust. */
interface Door extends Part {
  readonly certificate: LocalCertificate
  /** What the stack has to know of it. */
  readonly context: Readonly<Record<string, string>>
  readonly passes: readonly Pass[]
  /** The same people's, for a page that asks again when the local clock has been moved on. */
  readonly tokens: ConsoleTokens
}

async function openDoor(): Promise<Door> {
  const { issueLocalCertificate } = await import('./gateway/local-certificate.ts')
  const { startIssuer } = await import('./issuer.ts')
  const certificate = await issueLocalCertificate()
  const issuer = await startIssuer(certificate)
  const subjects = ['alice', 'bob']
  const sign = (subject: string, nowMs: number): Promise<string> => {
    const iat = Math.floor(nowMs / 1000)
    return issuer.sign({ sub: subject, aud: AUDIENCE, iat, exp: iat + TOKEN_LIFETIME_SECONDS })
  }
  const passes = subjects.map(async (subject) => {
    return { subject, token: await sign(subject, Date.now()) }
  })
  return {
    certificate,
    context: { jwtIssuer: issuer.url, jwtAudience: AUDIENCE },
    passes: await Promise.all(passes),
    tokens: { subjects, sign },
    close: () => issuer.close(),
  }
}

/** Another app may never have asked for the context. */
function assertAsksForTokens({ app }: Local): void {
  if (app.api.routes.get('$connect')?.authorizer) return
  throw new UsageError(
    '--auth: the $connect of this app has no authorizer. It has to have one when the context has a jwtIssuer and a jwtAudience.',
  )
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: String(DEFAULT_PORT) },
        assembly: { type: 'string' },
        auth: { type: 'boolean', default: false },
        ignore: { type: 'string', multiple: true, default: [] },
        dynamodb: { type: 'string' },
        faults: { type: 'string' },
        credentials: { type: 'boolean', default: false },
        quiet: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    const { dynamodb: dynamodbUrl, faults: faultsFile, ...others } = values
    if (dynamodbUrl !== undefined && !/^https?:\/\/./.test(dynamodbUrl)) {
      throw new UsageError(`--dynamodb: expected a URL with http://, received ${dynamodbUrl}`)
    }
    if (values.auth && values.assembly !== undefined) {
      throw new UsageError(
        '--auth: not with --assembly, which has its issuer in it; leave that out, to synthesize with a local one',
      )
    }
    return {
      ...others,
      port: readPort(values.port),
      assembly: values.assembly,
      dynamodbUrl,
      faultsFile,
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    console.error(`${message}\n\n${HELP}`)
    process.exit(2)
  }
}

function readPort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new UsageError(`--port: expected a number from 0 to 65535, received ${text}`)
}

function readFaultsFile(file: string): FaultPlan {
  let plan: unknown
  try {
    plan = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`--faults: ${file}: ${error instanceof Error ? error.message : 'no JSON'}`)
  }
  return readFaults(plan, `--faults: ${file}`)
}

/** Before the synthesis, so that nobody waits for it in vain. */
async function assertFree(port: number): Promise<void> {
  const server = createServer()
  try {
    await listen(server, port)
    await closeServer(server)
  } catch (error) {
    throw portError(error, port)
  }
}

function portError(error: unknown, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error
  const reason = code === 'EACCES' ? 'needs more rights than you have' : 'is taken'
  return new UsageError(
    `Port ${port} ${reason}. Choose another, or let any free one be found:\n\n` +
      `  npm start -- --port ${port > 0 && port < 65_535 ? port + 1 : DEFAULT_PORT}\n  npm start -- --port 0`,
  )
}

/** Synthesizes into a folder of its own. */
async function synthesizeHere(context?: Readonly<Record<string, string>>): Promise<string> {
  const directory = newAssemblyDirectory(process.cwd(), 'switchboard-local-')
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  const done = progress('Synthesizing the stack')
  try {
    await synthesize(process.cwd(), directory, { context })
    return directory
  } finally {
    done()
  }
}

async function start(
  assembly: string,
  parts: Pick<StartLocalOptions, 'faults' | 'certificate' | 'console'>,
  options: Options,
): Promise<Local> {
  const { port, quiet } = options
  // It brings much along, for which nobody waits who only asks for help.
  const { startLocal } = await import('./start-local.ts')
  try {
    return await startLocal({
      ...options,
      ...parts,
      assembly,
      onTrace: (entry) => {
        const line = formatEntry(entry)
        if (line !== undefined && !quiet) console.log(line)
      },
    })
  } catch (error) {
    throw portError(error, port)
  }
}

/** Closes at Ctrl-C, or when asked to end; a second Ctrl-C does not wait. */
function onInterrupt(close: () => Promise<void>): void {
  const stop = (): void => {
    process.once('SIGINT', () => process.exit(130))
    console.log('\nClosing.')
    void close().then(() => process.exit(0))
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}
