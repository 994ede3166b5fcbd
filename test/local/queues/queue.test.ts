import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Clock } from '../../../local/clock.ts'
import { Faults } from '../../../local/faults/faults.ts'
import type { FaultPlan } from '../../../local/faults/rules.ts'
import type { Delivery } from '../../../local/queues/message.ts'
import { Queue, type ReceiveOptions } from '../../../local/queues/queue.ts'
import type { QueueDefinition } from '../../../local/template/sqs.ts'
import { Trace } from '../../../local/trace.ts'
import { QUEUE } from '../../support/queues.ts'

const ARN = 'arn:aws:sqs:us-east-1:000000000000:'

// Time stands still, but for what the test moves it on.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 31) })
  onTestFinished(() => void vi.useRealTimers())
})

describe('a message', () => {
  it('is received in the order of sending, ten at most, and is invisible then', () => {
    const { queue, send, receive } = setUp()
    for (let index = 0; index < 12; index += 1) send(`${index}`)
    expect(bodies(receive({ maxMessages: 10 })).join(' ')).toBe('0 1 2 3 4 5 6 7 8 9')
    expect(queue.counts).toEqual({ visible: 2, inFlight: 10, delayed: 0 })
    expect(bodies(receive({ maxMessages: 10 }))).toEqual(['10', '11'])
    expect(receive()).toEqual([])
  })

  it('is seen in its queue until it is deleted, received or not', () => {
    const { queue, send, receive } = setUp()
    send('received')
    const [delivery] = receive()
    send('delayed', 900)
    send('visible')
    const seen = () => queue.messages.map(({ body }) => body)
    expect(seen()).toEqual(['received', 'delayed', 'visible'])
    queue.delete(delivery?.receiptHandle ?? '')
    expect(seen()).toEqual(['delayed', 'visible'])
  })

  it('comes back when its visibility timeout has passed, and not before', async () => {
    const { clock, send, receive } = setUp()
    send('a')
    const [first] = receive()
    await clock.advance(29_999)
    expect(receive()).toEqual([])
    await clock.advance(1)
    const [second] = receive()
    expect([first?.receiveCount, second?.receiveCount]).toEqual([1, 2])
    expect(second?.message).toBe(first?.message)
    expect(second?.firstReceivedMs).toBe(first?.firstReceivedMs)
    expect(second?.receiptHandle).not.toBe(first?.receiptHandle)
  })

  it('may be received with another visibility timeout, or with none', async () => {
    const { clock, send, receive } = setUp()
    send('a')
    receive({ visibilityTimeoutSeconds: 5 })
    await clock.advance('5 seconds')
    expect(bodies(receive({ visibilityTimeoutSeconds: 0, maxMessages: 10 }))).toEqual(['a'])
    expect(bodies(receive())).toEqual(['a'])
  })

  it('can be received when its delay has passed, and not before', async () => {
    const { clock, queue, send, receive } = setUp()
    send('a', 900)
    expect(queue.counts).toEqual({ visible: 0, inFlight: 0, delayed: 1 })
    await clock.advance(899_999)
    expect(receive()).toEqual([])
    await clock.advance(1)
    expect(bodies(receive())).toEqual(['a'])
  })

  it('has the delay of the queue, unless it brings one of its own', () => {
    const { queue, send, receive } = setUp({ delaySeconds: 10 })
    send('late')
    send('now', 0)
    expect(bodies(receive({ maxMessages: 10 }))).toEqual(['now'])
    expect(queue.counts.delayed).toBe(1)
  })

  it('is gone when the retention period has passed, also while it is in flight', async () => {
    const { clock, queue, send, receive } = setUp({ retentionSeconds: 60 })
    send('a')
    send('b')
    receive()
    await clock.advance(59_999)
    expect(queue.counts).toEqual({ visible: 2, inFlight: 0, delayed: 0 })
    receive()
    await clock.advance(1)
    expect(queue.counts).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
  })
})

describe('a receipt handle', () => {
  it('deletes its message, and succeeds without effect when that is deleted already', () => {
    const { queue, send, receive } = setUp()
    send('a')
    const handle = handleOf(receive())
    expect(queue.delete(handle)).toBe('accepted')
    expect(queue.counts.inFlight).toBe(0)
    expect(queue.delete(handle)).toBe('accepted')
  })

  it('deletes its message also when that is visible again, as long as nobody received it', async () => {
    const { clock, queue, send, receive } = setUp()
    send('a')
    const handle = handleOf(receive())
    await clock.advance('30 seconds')
    expect(queue.counts.visible).toBe(1)
    queue.delete(handle)
    expect(queue.counts.visible).toBe(0)
  })

  it('does not delete or change a message that has been received anew', async () => {
    const { clock, queue, send, receive } = setUp()
    send('a')
    const old = handleOf(receive())
    await clock.advance('30 seconds')
    receive()
    expect(queue.delete(old)).toBe('accepted')
    expect(queue.changeVisibility(old, 0)).toBe('notInFlight')
    expect(queue.counts).toEqual({ visible: 0, inFlight: 1, delayed: 0 })
  })

  it.each([['nonsense'], [''], [Buffer.from(`${ARN}other id 1`).toString('base64')]])(
    'is none when no queue, or another, has given it: %s',
    (handle) => {
      const { queue } = setUp()
      expect(queue.delete(handle)).toBe('invalidHandle')
      expect(queue.changeVisibility(handle, 0)).toBe('invalidHandle')
    },
  )
})

describe('the visibility of a message in flight', () => {
  it('can be given another end, counted from now', async () => {
    const { clock, queue, send, receive } = setUp()
    send('a')
    const handle = handleOf(receive())
    await clock.advance('20 seconds')
    expect(queue.changeVisibility(handle, 60)).toBe('changed')
    await clock.advance(59_999)
    expect(queue.counts.inFlight).toBe(1)
    await clock.advance(1)
    expect(queue.counts.visible).toBe(1)
  })

  it('can end at once', () => {
    const { queue, send, receive } = setUp()
    send('a')
    expect(queue.changeVisibility(handleOf(receive()), 0)).toBe('changed')
    expect(bodies(receive())).toEqual(['a'])
  })

  it('cannot be changed when it has ended', async () => {
    const { clock, queue, send, receive } = setUp()
    send('a')
    const handle = handleOf(receive())
    await clock.advance('30 seconds')
    expect(queue.changeVisibility(handle, 10)).toBe('notInFlight')
  })

  it('lasts twelve hours at most, from when the message was received', async () => {
    const { clock, queue, send, receive } = setUp()
    send('a')
    const handle = handleOf(receive())
    await clock.advance('20 seconds')
    const left = 43_200 - 20
    expect(queue.changeVisibility(handle, left + 1)).toBe('tooLong')
    expect(queue.changeVisibility(handle, left)).toBe('changed')
  })
})

describe('a dead-letter queue', () => {
  it('takes a message that has been received so often and is to be received once more', async () => {
    const { clock, deadLetters, queue, send, receive, trace } = setUp({
      redrive: { deadLetterQueueArn: `${ARN}dead`, maxReceiveCount: 2 },
    })
    send('a')
    const [first] = receive()
    await clock.advance('30 seconds')
    expect(receive()).toHaveLength(1)
    await clock.advance('30 seconds')
    expect(queue.counts.visible).toBe(1)
    expect(receive()).toEqual([])
    expect(queue.counts).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
    const [dead] = received(deadLetters.receive({ maxMessages: 10 }))
    expect(dead?.message).toEqual({ ...first?.message, deadLetterSourceArn: `${ARN}jobs` })
    expect(trace.ofKind('deadLetter')).toEqual([
      {
        kind: 'deadLetter',
        queueName: 'jobs',
        deadLetterQueueName: 'dead',
        messageId: first?.message.messageId,
        receiveCount: 2,
      },
    ])
  })

  it('keeps a message only as long after it was sent as it keeps its own', async () => {
    const { clock, deadLetters, send, receive } = setUp({
      redrive: { deadLetterQueueArn: `${ARN}dead`, maxReceiveCount: 1 },
    })
    send('a')
    receive()
    await clock.advance('30 seconds')
    receive()
    expect(deadLetters.counts.visible).toBe(1)
    await clock.advance(deadLetters.definition.retentionSeconds * 1000 - 30_001)
    expect(deadLetters.counts.visible).toBe(1)
    await clock.advance(1)
    expect(deadLetters.counts.visible).toBe(0)
  })
})

describe('long polling', () => {
  it('ends with a message as soon as there is one', async () => {
    const { queue, send } = setUp()
    const polling = queue.receiveWithin(20, { maxMessages: 10 })
    send('a')
    send('b')
    expect(bodies(received(await polling))).toEqual(['a', 'b'])
  })

  it('ends with nothing when its time has passed', async () => {
    const { clock, queue } = setUp()
    let ended = false
    const polling = queue.receiveWithin(20, { maxMessages: 1 }).finally(() => {
      ended = true
    })
    await clock.advance(19_999)
    expect(ended).toBe(false)
    await clock.advance(1)
    expect(await polling).toEqual([])
  })

  it('takes nothing for a caller that has given up', async () => {
    const { queue, send } = setUp()
    const caller = new AbortController()
    const polling = queue.receiveWithin(20, { maxMessages: 1 }, caller.signal)
    caller.abort()
    expect(await polling).toEqual([])
    send('a')
    await Promise.resolve()
    expect(queue.counts).toEqual({ visible: 1, inFlight: 0, delayed: 0 })
  })

  it('gives each message to one of those who wait', async () => {
    const { clock, queue, send } = setUp()
    const polls = [1, 2].map(() => queue.receiveWithin(20, { maxMessages: 1 }))
    send('a')
    await clock.advance('20 seconds')
    expect((await Promise.all(polls)).map((result) => bodies(received(result)))).toEqual([
      ['a'],
      [],
    ])
  })
})

describe('a queue', () => {
  it('is purged once a minute', async () => {
    const { clock, queue, send, receive } = setUp()
    send('visible')
    send('in flight')
    receive()
    send('delayed', 10)
    expect(queue.purge()).toBe('purged')
    expect(queue.counts).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
    await clock.advance(59_999)
    expect(queue.purge()).toBe('inProgress')
    await clock.advance(1)
    expect(queue.purge()).toBe('purged')
  })

  it('gives out 120,000 messages, and no more before some are deleted', () => {
    const { queue, send, receive } = setUp()
    for (let index = 0; index <= 120_000; index += 1) send('')
    const [first] = receive({ maxMessages: 120_000 })
    expect(queue.counts).toMatchObject({ visible: 1, inFlight: 120_000 })
    expect(queue.receive({ maxMessages: 1 })).toBe('overLimit')
    queue.delete(first?.receiptHandle ?? '')
    expect(receive()).toHaveLength(1)
  })
})

describe('a fault', () => {
  it('delivers a message twice, and each delivery has a handle of its own', async () => {
    const { clock, queue, send, receive } = setUp({}, [{ on: 'queue', duplicate: true, times: 1 }])
    send('a')
    send('b')
    const [first] = receive({ maxMessages: 10 })
    queue.delete(first?.receiptHandle ?? '')
    expect(receive()).toEqual([])
    await clock.advance('1 second')
    const [second, ...others] = receive({ maxMessages: 10 })
    expect(others).toEqual([])
    expect(second?.message).toEqual(first?.message)
    queue.delete(second?.receiptHandle ?? '')
    await clock.advance('10 seconds')
    expect(receive()).toEqual([])
  })

  it('that delivers a message twice strikes once: a failed delivery comes back as itself', async () => {
    const { clock, send, receive } = setUp({}, [{ on: 'queue', duplicate: true }])
    send('a')
    receive()
    await clock.advance('1 second')
    receive()
    await clock.advance('60 seconds')
    expect(bodies(receive({ maxMessages: 10 }))).toEqual(['a', 'a'])
    await clock.advance('20 seconds')
    expect(receive()).toEqual([])
  })

  it('lets a message be overtaken', async () => {
    const { clock, send, receive } = setUp({}, [{ on: 'queue', reorder: true, at: [1] }])
    send('a')
    send('b')
    expect(bodies(receive({ maxMessages: 10 }))).toEqual(['b'])
    await clock.advance('1 second')
    expect(bodies(receive({ maxMessages: 10 }))).toEqual(['a'])
  })

  it('strikes only the queues that its rule names', async () => {
    const { clock, send, receive } = setUp({}, [{ on: 'queue', queue: 'x*', duplicate: true }])
    send('a')
    receive()
    await clock.advance('1 second')
    expect(receive()).toEqual([])
  })
})

function setUp(definition: Partial<QueueDefinition> = {}, rules: FaultPlan['rules'] = []) {
  const clock = new Clock()
  const trace = new Trace()
  const faults = new Faults(trace, { rules })
  const props = { clock, faults, trace }
  const dead = { ...QUEUE, queueName: 'dead', queueArn: `${ARN}dead` }
  const deadLetters = new Queue({ ...props, definition: dead })
  const queue = new Queue({
    ...props,
    definition: { ...QUEUE, ...definition },
    deadLetterQueue: () => deadLetters,
  })
  const send = (body: string, delaySeconds?: number): string =>
    queue.send({ body, attributes: new Map(), senderId: 'AIDA' }, delaySeconds)
  const receive = (options: Partial<ReceiveOptions> = {}): Delivery[] =>
    received(queue.receive({ maxMessages: 1, ...options }))
  return { clock, trace, queue, deadLetters, send, receive }
}

function received(result: Delivery[] | 'overLimit'): Delivery[] {
  if (result === 'overLimit') throw new Error('too many messages in flight')
  return result
}

function bodies(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ message }) => message.body)
}

function handleOf(deliveries: readonly Delivery[]): string {
  return deliveries[0]?.receiptHandle ?? ''
}
