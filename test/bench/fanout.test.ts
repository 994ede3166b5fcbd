import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../support/root.ts'

const positive = v.pipe(v.number(), v.gtValue(0))
const comparison = { vsSdk: positive, vsFloor: positive }
const protocol = v.strictObject({
  ...comparison,
  microseconds: v.strictObject({
    sdkAll: positive,
    sdkPool: positive,
    push: positive,
    floor: positive,
  }),
})
const resultSchema = v.strictObject({ ...comparison, http: protocol, https: protocol })

describe('npm run bench -- fanout', () => {
  it('gives what push costs of the SDK’s client and of the floor, the worse of both protocols', async () => {
    const options = ['fanout', '--deliveries', '60', '--rounds', '1', '--json']
    const args = ['--import', 'tsx', 'bench/run.ts', ...options]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT })
    const result = v.parse(resultSchema, JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
    const { http, https } = result
    expect(result.vsSdk).toBe(Math.max(http.vsSdk, https.vsSdk))
    expect(result.vsFloor).toBe(Math.max(http.vsFloor, https.vsFloor))
    expect(http.vsFloor).toBeCloseTo(http.microseconds.push / http.microseconds.floor, 2)
    expect(https.vsSdk).toBeCloseTo(https.microseconds.push / https.microseconds.sdkAll, 2)
  })
})
