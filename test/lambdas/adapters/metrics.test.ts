import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Metrics } from '../../../lambdas/adapters/metrics.ts'
import { captureMetrics } from '../../support/metric-lines.ts'

const NOW_MS = 1_767_225_600_123

const written = captureMetrics()

beforeEach(() => void vi.useFakeTimers({ now: NOW_MS, toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

describe('the metrics of an invocation', () => {
  it('are one line of the embedded metric format, with a value for each metric', () => {
    const metrics = new Metrics('Deliver')
    metrics.add({ sent: 3, gone: 1, throttled: 0, unavailable: 0, failed: 2 })
    metrics.flush()
    expect(written.texts).toEqual([expect.stringMatching(/^[^\n]+\n$/)])
    expect(written.lines).toEqual([
      {
        _aws: {
          Timestamp: NOW_MS,
          CloudWatchMetrics: [
            {
              Namespace: 'Switchboard',
              Dimensions: [['FunctionName']],
              Metrics: [
                { Name: 'Sent', Unit: 'Count' },
                { Name: 'Gone', Unit: 'Count' },
                { Name: 'Failed', Unit: 'Count' },
              ],
            },
          ],
        },
        FunctionName: 'Deliver',
        Sent: 3,
        Gone: 1,
        Failed: 2,
      },
    ])
  })

  it('have a name for all that is counted', () => {
    const metrics = new Metrics('Deliver')
    metrics.add({ sent: 1, gone: 2, throttled: 3, unavailable: 4, failed: 5, queued: 6 })
    metrics.add({ givenUp: 7, opened: 8, refusedOrigin: 9 })
    metrics.flush()
    expect(written.lines).toMatchObject([
      { Sent: 1, Gone: 2, Throttled: 3, Unavailable: 4, Failed: 5, Queued: 6, GivenUp: 7 },
    ])
    expect(written.lines).toMatchObject([{ ConnectionsOpened: 8, RefusedOrigin: 9 }])
  })

  it('are the longest of several times, in milliseconds, also when that is none', () => {
    const metrics = new Metrics('Deliver')
    metrics.add({ fanOutMs: 20 })
    metrics.add({ fanOutMs: 30 })
    metrics.add({ fanOutMs: 10 })
    metrics.flush()
    metrics.add({ fanOutMs: 0 })
    metrics.flush()
    expect(written.lines).toMatchObject([{ FanOutTime: 30 }, { FanOutTime: 0 }])
    expect(written.texts.join()).toContain('{"Name":"FanOutTime","Unit":"Milliseconds"}')
  })

  it('add up, and begin anew after each invocation', () => {
    const metrics = new Metrics('Deliver')
    metrics.add({ sent: 3 })
    metrics.add({ sent: 4, gone: 1 })
    metrics.flush()
    metrics.add({ sent: 5 })
    metrics.flush()
    expect(written.lines).toEqual([
      expect.objectContaining({ Sent: 7, Gone: 1 }),
      expect.objectContaining({ Sent: 5 }),
    ])
    expect(written.lines[1]).not.toHaveProperty('Gone')
  })

  it('are not written when nothing was counted', () => {
    const metrics = new Metrics('Deliver')
    metrics.flush()
    metrics.add({ sent: 0, failed: 0 })
    metrics.add({})
    metrics.flush()
    expect(written.lines).toEqual([])
  })
})
