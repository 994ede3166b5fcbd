import { describe, expect, it } from 'vitest'
import { readConnectionTarget, readStageUrl } from '../../console/target.ts'

describe('a stage’s URL', () => {
  it.each([
    ['ws://localhost:3001/prod', 'ws://localhost:3001/prod'],
    ['  wss://a.example/prod?x=1 ', 'wss://a.example/prod?x=1'],
    ['WSS://A.example/prod', 'wss://a.example/prod'],
    ['ws://localhost/prod#part', 'ws://localhost/prod'],
    ['https://a.example/prod', undefined],
    ['a.example/prod', undefined],
    ['javascript:alert(1)', undefined],
    ['ws://', undefined],
    ['ws://a b/', undefined],
    ['', undefined],
  ])('"%s" is read as %s', (text, url) => {
    expect(readStageUrl(text)).toBe(url)
  })
})

describe('a connection id that is typed', () => {
  it('is taken without the blanks around it', () => {
    const target = { kind: 'connection', connectionId: 'L0SM9cOFvHcCIhw=' }
    expect(readConnectionTarget(' L0SM9cOFvHcCIhw=\n')).toEqual(target)
  })

  it('is nobody when it is empty', () => {
    expect(readConnectionTarget('  ')).toBeUndefined()
  })
})
