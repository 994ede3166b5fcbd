import { describe, expect, it } from 'vitest'
import { readTarget, readStageUrl } from '../../console/target.ts'

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

describe('a target that is typed', () => {
  const id = 'L0SM9cOFvHcCIhw='
  it.each([
    [id, { kind: 'connection', connectionId: id }],
    [` ${id}\n`, { kind: 'connection', connectionId: id }],
    ['room:lobby', { kind: 'room', room: 'lobby' }],
    [' room: the lobby ', { kind: 'room', room: 'the lobby' }],
    ['room:user:a', { kind: 'room', room: 'user:a' }],
    ['user:alice', { kind: 'user', user: 'alice' }],
    ['toString', { kind: 'connection', connectionId: 'toString' }],
    ['room:', undefined],
    ['user:  ', undefined],
    ['  ', undefined],
  ])('"%s" is read as %o', (text, target) => {
    expect(readTarget(text)).toEqual(target)
  })
})
