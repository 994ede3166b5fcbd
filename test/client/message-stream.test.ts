import { expect, it, vi } from 'vitest'
import { MessageStream } from '../../client/message-stream.ts'

it('ends when its reader leaves before it has read', async () => {
  const onEnd = vi.fn()
  const reader = new MessageStream<number>(onEnd).read()
  await reader.return?.()
  expect(onEnd).toHaveBeenCalledOnce()
  expect(await reader.next()).toEqual({ done: true, value: undefined })
})

it('ends when its reader leaves while it waits, and nobody waits any more', async () => {
  const onEnd = vi.fn()
  const reader = new MessageStream<number>(onEnd).read()
  const next = reader.next()
  expect(await reader.return?.()).toEqual({ done: true, value: undefined })
  expect(await next).toEqual({ done: true, value: undefined })
  expect(onEnd).toHaveBeenCalledOnce()
})

it('ends when an error leaves its loop', async () => {
  const onEnd = vi.fn()
  const stream = new MessageStream<number>(onEnd)
  stream.push(1)
  const loop = (async () => {
    for await (const _ of stream.read()) throw new Error('mine')
  })()
  await expect(loop).rejects.toThrow('mine')
  expect(onEnd).toHaveBeenCalledOnce()
})

it('tells at once that it has ended, and lets what has come be read', async () => {
  const onEnd = vi.fn()
  const stream = new MessageStream<number>(onEnd)
  stream.push(1)
  stream.end(new Error('enough'))
  expect(onEnd).toHaveBeenCalledOnce()
  const reader = stream.read()
  expect(await reader.next()).toEqual({ done: false, value: 1 })
  await expect(reader.next()).rejects.toThrow('enough')
})
