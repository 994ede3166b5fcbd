import { assert, property } from 'fast-check'
import { describe, it } from 'vitest'
import { cases } from '../property/cases.ts'
import { holdLaws } from './model/run.ts'
import { anyScript, calmScript } from './model/script.ts'

/** They wait for nothing: only a slow machine makes them slow. */
const timeout = 1_800_000

/** `npm test` is to judge a change, and not its luck: new stories are for the nightly run to find. */
const seed = process.env['CASES_FACTOR'] === undefined ? { seed: 1 } : {}

describe('clients in virtual time', { timeout }, () => {
  it('keep every promise, whatever goes wrong', () => {
    assert(property(anyScript, holdLaws), { ...cases(1_500), ...seed })
  })

  it('miss nothing and cost little when nothing goes wrong', () => {
    assert(property(calmScript, holdLaws), { ...cases(500), ...seed })
  })
})
