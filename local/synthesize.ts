import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import * as v from 'valibot'
import { AssemblyError } from './errors.ts'

const cdkJsonSchema = v.object({
  app: v.string(),
  context: v.optional(v.record(v.string(), v.unknown()), {}),
})

/** Characters of a line that somebody would read. */
const MAX_LINE_LENGTH = 1_000

/**
 * Runs the CDK app that `cdk.json` names, as the CDK CLI does, without needing an account.
 *
 * @param projectDirectory where `cdk.json` is
 * @param outputDirectory where the cloud assembly goes
 * @param options.context goes before what `cdk.json` has as context
 * @param options.validate whether CDK judges the finished templates by CloudFormation's rules. That
 * takes most of a synthesis, and is for who deploys: nothing here needs it.
 * @throws AssemblyError with what the app printed, when it fails
 */
export async function synthesize(
  projectDirectory: string,
  outputDirectory: string,
  options: {
    readonly context?: Readonly<Record<string, string>> | undefined
    readonly validate?: boolean
  } = {},
): Promise<void> {
  const file = join(projectDirectory, 'cdk.json')
  if (!existsSync(file)) throw new AssemblyError(`no cdk.json in ${projectDirectory}`)
  const { app, context } = v.parse(cdkJsonSchema, JSON.parse(readFileSync(file, 'utf8')))
  const child = spawn(app, {
    cwd: projectDirectory,
    shell: true,
    env: {
      ...withoutNpx(process.env),
      PATH: [join(projectDirectory, 'node_modules', '.bin'), process.env['PATH']].join(delimiter),
      CDK_OUTDIR: outputDirectory,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...options.context }),
      CDK_VALIDATION: String(options.validate ?? false),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  const collect = (chunk: Buffer): void => {
    printed += chunk.toString('utf8')
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (exitCode !== 0) {
    throw new AssemblyError(`"${app}" ended with ${exitCode}:\n\n${readable(printed)}`)
  }
}

/**
 * A new folder for an assembly, inside the project so that its modules are found. Whoever asks for
 * it takes it away.
 */
export function newAssemblyDirectory(projectDirectory: string, prefix: string): string {
  const cache = join(projectDirectory, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  return mkdtempSync(join(cache, prefix))
}

/** What an `npx` that started this process was asked for, and what CDK's own `npx` must not see. */
export const NPX_VARIABLES: readonly string[] = ['npm_config_call', 'npm_config_package']

/** What a process may know that runs an `npx` of its own. */
export function withoutNpx(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !NPX_VARIABLES.includes(name)),
  )
}

/** Without the lines of minified code that Node shows above an error of the CDK library. */
function readable(printed: string): string {
  const lines = printed.split('\n').filter((line) => line.length <= MAX_LINE_LENGTH)
  return lines.join('\n').trim()
}
