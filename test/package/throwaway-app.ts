import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { withoutNpx } from '../../local/synthesize.ts'
import { ROOT } from '../support/root.ts'

const run = promisify(execFile)

/** What `npm pack --json` tells. */
const packedSchema = v.tuple([
  v.object({
    filename: v.string(),
    size: v.number(),
    unpackedSize: v.number(),
    files: v.array(v.object({ path: v.string() })),
  }),
])

/** Of a process that has failed; one that was ended has no code. */
const failureSchema = v.object({
  code: v.nullable(v.number()),
  stdout: v.string(),
  stderr: v.string(),
})

interface Outcome {
  readonly status: number | null
  /** And what it said of its failure. */
  readonly stdout: string
}

const TIMEOUT_MS = 60_000

type Packed = v.InferOutput<typeof packedSchema>[0]

/** Somebody's app, with the package as npm installs it there. */
export class ThrowawayApp {
  readonly folder: string
  /** What was packed. */
  readonly packed: Packed

  private constructor(folder: string, packed: Packed) {
    this.folder = folder
    this.packed = packed
  }

  /** Packs as it would be published, which builds, and installs that. */
  static async create(): Promise<ThrowawayApp> {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-app-'))
    const stdout = await npm(ROOT, 'pack', '--json', '--pack-destination', folder)
    // Before it, the build may have something to say.
    const [packed] = v.parse(packedSchema, JSON.parse(stdout.slice(stdout.indexOf('[\n'))))
    const app = new ThrowawayApp(folder, packed)
    await app.#install()
    return app
  }

  get tarball(): string {
    return join(this.folder, this.packed.filename)
  }

  get installed(): string {
    return join(this.folder, 'node_modules', 'serverless-switchboard')
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text)
  }

  /** Runs Node there; what does not end by itself is ended. */
  async node(...args: readonly string[]): Promise<Outcome> {
    const options = { cwd: this.folder, env: withoutNpx(process.env), timeout: TIMEOUT_MS }
    try {
      return { status: 0, stdout: (await run(process.execPath, args, options)).stdout }
    } catch (error) {
      const { code, stdout, stderr } = v.parse(failureSchema, error)
      return { status: code, stdout: stdout + stderr }
    }
  }

  /** Runs a command of this project's packages there. */
  tool(module: string, ...args: readonly string[]): Promise<Outcome> {
    return this.node(join(ROOT, 'node_modules', module), ...args)
  }

  tsc(...args: readonly string[]): Promise<Outcome> {
    return this.tool('typescript/bin/tsc', ...args)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #install(): Promise<void> {
    this.write('package.json', '{ "name": "app", "version": "1.0.0", "type": "module" }')
    this.write('package-lock.json', lockOfThisProject())
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline']
    await npm(this.folder, 'install', ...quiet, this.packed.filename)
    // What a CDK app has anyway, and what takes seconds to install.
    mkdirSync(join(this.folder, 'node_modules', '@types'))
    for (const name of ['aws-cdk-lib', 'constructs', '@types/node']) {
      const target = join(this.folder, 'node_modules', name)
      symlinkSync(join(ROOT, 'node_modules', name), target, 'junction')
    }
  }
}

/**
 * With the versions that are installed here, npm has nothing to ask of a registry, and finds all in
 * its cache.
 */
function lockOfThisProject(): string {
  const schema = v.looseObject({ packages: v.record(v.string(), v.unknown()) })
  const lock = v.parse(schema, JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')))
  return JSON.stringify({ ...lock, packages: { ...lock.packages, '': { name: 'app' } } })
}

async function npm(cwd: string, ...args: readonly string[]): Promise<string> {
  // On Windows it is a script for its shell.
  const shell = process.platform === 'win32'
  const { stdout } = await run('npm', args, { cwd, shell, env: withoutNpx(process.env) })
  return stdout
}
