import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { COUNTS, EVENTS } from '../support/privacy-logged.ts'
import { STORED_NAMES } from '../support/privacy-stored.ts'
import { ROOT } from '../support/root.ts'

it('docs/PRIVACY.md names all that the privacy contract allows, and no other event', () => {
  const page = readFileSync(join(ROOT, 'docs', 'PRIVACY.md'), 'utf8')
  const named = new Set([...page.matchAll(/`(\w+)`/g)].map(([, name]) => name))
  const allowed = [...EVENTS.keys(), ...COUNTS, 'FanOutTime', ...STORED_NAMES]
  expect(allowed.filter((name) => !named.has(name))).toEqual([])
  const events = [...page.matchAll(/^\| `(\w+_\w+)`/gm)].map(([, event]) => event)
  expect(new Set(events)).toEqual(new Set(EVENTS.keys()))
})
