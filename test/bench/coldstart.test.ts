import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { expect, inject, it } from 'vitest'
import { readTemplate, resourcesOf } from '../support/template.ts'
import { ROOT } from '../support/root.ts'

const positive = v.pipe(v.number(), v.minValue(0.001))
const resultSchema = v.object({
  functions: v.record(
    v.string(),
    v.object({
      ratio: positive,
      kilobytes: positive,
      milliseconds: positive,
      defaultKilobytes: positive,
      defaultMilliseconds: positive,
    }),
  ),
})

it('npm run bench -- coldstart compares the bundle of every function', async () => {
  const options = ['--runs', '1', '--assembly', inject('assembly'), '--json']
  const args = ['--import', 'tsx', 'bench/run.ts', 'coldstart', ...options]
  // As when an `npx -c` has started it.
  const env = { ...process.env, npm_config_call: 'npm test', npm_config_package: 'node@24' }
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, env })
  const last = stdout.trim().split('\n').at(-1) ?? ''
  const { functions } = v.parse(resultSchema, JSON.parse(last))
  const names = Object.keys(functions)
  const deployed = resourcesOf(readTemplate(inject('assembly')), 'AWS::Lambda::Function')
  expect(names).toHaveLength(deployed.length)
  expect(names.filter((name) => !existsSync(join(ROOT, 'lambdas', `${name}.ts`)))).toEqual([])
  expect(names).toEqual(expect.arrayContaining(['connect', 'disconnect', 'sendmessage']))
  expect(functions['connect']?.kilobytes).toBeLessThanOrEqual(350)
  expect(functions['disconnect']?.kilobytes).toBeLessThanOrEqual(350)
  // The SDK is outside of CDK's default bundle, and inside of ours.
  const { kilobytes = 0, defaultKilobytes = 0 } = functions['connect'] ?? {}
  expect(defaultKilobytes).toBeLessThan(kilobytes / 5)
}, 60_000)
