import { describe, expect, it } from 'vitest'
import { sourceFiles, type SourceFile } from './source-files.ts'

/** It runs the stack for all others, and holds it to the privacy contract. */
const OWN_STACK = 'test/support/stack.ts'

/** Whether a file runs the project's own stack by itself. */
function runsOwnStack({ path, text }: SourceFile): boolean {
  const knowsOwnStack = /inject\(\s*'assembly'/.test(text)
  return path !== OWN_STACK && /\bstartLocal\(/.test(text) && knowsOwnStack
}

describe('the project’s own stack', () => {
  it('runs in no test but by startStack, which looks at what is stored and logged', () => {
    const files = sourceFiles('test').filter(
      ({ path }) => path !== 'test/repository/own-stack.test.ts',
    )
    expect(files.some(({ text }) => /\bstartLocal\(/.test(text))).toBe(true)
    expect(files.filter(runsOwnStack).map(({ path }) => path)).toEqual([])
  })

  it('is found where it runs otherwise', () => {
    const text = "startLocal({ assembly: editedAssembly(inject('assembly'), edit) })"
    expect(runsOwnStack({ path: 'test/end-to-end/new.test.ts', text })).toBe(true)
  })
})
