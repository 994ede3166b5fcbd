import { expect, it } from 'vitest'
import { readApp } from '../../../local/template/read-app.ts'
import { assemblyOf, CHAT } from '../../support/assembly.ts'

it('an app gives out nothing but text', () => {
  const Outputs = {
    Name: { Value: 'a' },
    Size: { Value: 128 },
    List: { Value: ['a', 'b'] },
    Nothing: { Value: { Ref: 'AWS::NoValue' } },
  }
  const { outputs } = readApp(assemblyOf(CHAT, { Outputs }))
  expect(outputs).toEqual({ Name: 'a', Size: '128', List: '["a","b"]' })
})
