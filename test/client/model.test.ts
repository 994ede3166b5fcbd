import { assert, property } from 'fast-check'
import { describe, it } from 'vitest'
import { cases } from '../property/cases.ts'
import { holdLaws } from './model/run.ts'
import { anyScript, calmScript } from './model/script.ts'

describe('clients in virtual time', () => {
  it('keep every promise, whatever goes wrong', () => {
    assert(property(anyScript, holdLaws), cases(1_500))
  })

  it('miss nothing and cost little when nothing goes wrong', () => {
    assert(property(calmScript, holdLaws), cases(500))
  })
})
