import { expect, it } from 'vitest'
import { isReadable } from '../../../lambdas/core/name.ts'

it.each(['lobby', 'Zürich 2', 'комната', '房间', 'غرفة', '❤️', '😀', 'a-b_c.d/e', ' '])(
  'a name may be %j',
  (name) => {
    expect(isReadable(name)).toBe(true)
  },
)

it.each([
  ['a null', 'a\u0000'],
  ['the end of a line', 'a\nb'],
  ['a delete', '\u007F'],
  ['a control of the second set', '\u0085'],
  ['a soft hyphen', 'a\u00ADb'],
  ['a zero-width space', 'a\u200Bb'],
  ['a zero-width joiner', 'a\u200Db'],
  ['a byte order mark', '\uFEFFa'],
  ['a mark that turns the direction', 'a\u202Eb'],
  ['a line separator', 'a\u2028b'],
  ['a paragraph separator', 'a\u2029b'],
  ['a tag of a flag', 'a\u{E0061}'],
  ['a Hangul filler', 'a\u3164'],
  ['a combining grapheme joiner', 'a\u034Fb'],
  ['half a surrogate pair', 'a\uD83D'],
])('a name may not hold %s', (_, name) => {
  expect(isReadable(name)).toBe(false)
})
