import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { buildConsole } from '../../console/build.ts'

/** What the page's script may weigh, minified and gzipped, the client in it. */
const MAX_SCRIPT_BYTES = 14 * 1024

describe('the page', () => {
  it('has all that its HTML names, and nothing from elsewhere', async () => {
    const files = await buildConsole()
    const html = files.get('/')?.body ?? ''
    const named = [...html.matchAll(/\b(?:src|href)="([^"]+)"/g)].map(([, path]) => path)
    expect(named.length).toBeGreaterThan(2)
    expect(new Set(files.keys())).toEqual(new Set(['/', ...named]))
    // What stands in the page itself, its policy lets not run.
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style| style=| on[a-z]+=/)
  })

  it('has a small script', async () => {
    const script = (await buildConsole()).get('/@console/main.js')?.body ?? ''
    const bytes = gzipSync(script).byteLength
    expect(bytes).toBeGreaterThan(1_024)
    expect(bytes).toBeLessThan(MAX_SCRIPT_BYTES)
  })
})
