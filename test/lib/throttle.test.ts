import { describe, expect, it } from 'vitest'
import { resolveSettings } from '../../lib/delivery-settings.ts'
import type { Throttle } from '../../lib/stage.ts'
import { synthesize } from '../support/synthesize.ts'
import { only, record } from '../support/template.ts'

/** Of an account in a region, before AWS raises them. */
const QUOTAS = { ratePerSecond: 10_000, burst: 5_000, connectsPerSecond: 500 }

/** What a client can reach, each with a bucket of its own: `$disconnect` only follows a connect. */
const ROUTES = ['$connect', 'sendmessage', 'ping', '$default']

describe('the throttle of the stage', () => {
  it('leaves the pushes their rate, whatever clients send on all routes', () => {
    const { ThrottlingRateLimit, ThrottlingBurstLimit } = throttleOf()
    const { postsPerSecond } = resolveSettings({})
    const fromClients = ROUTES.length * Number(ThrottlingRateLimit)
    expect(fromClients + postsPerSecond).toBeLessThanOrEqual(QUOTAS.ratePerSecond)
    expect(ROUTES.length * Number(ThrottlingBurstLimit)).toBeLessThanOrEqual(QUOTAS.burst)
  })

  it('lets as many connect as a region does', () => {
    expect(throttleOf()['ThrottlingRateLimit']).toBe(QUOTAS.connectsPerSecond)
  })

  it('is what a property says', () => {
    expect(throttleOf({ ratePerSecond: 7, burst: 9 })).toEqual({
      ThrottlingRateLimit: 7,
      ThrottlingBurstLimit: 9,
    })
  })

  it.each([
    { ratePerSecond: 1, burst: 1 },
    { ratePerSecond: 100_000, burst: 50_000 },
  ])('may be $ratePerSecond a second and $burst at once', (throttle) => {
    expect(() => synthesize({ throttle })).not.toThrow()
  })

  it.each([
    { throttle: { ratePerSecond: 0, burst: 1 }, name: 'ratePerSecond' },
    { throttle: { ratePerSecond: 100_001, burst: 1 }, name: 'ratePerSecond' },
    { throttle: { ratePerSecond: 0.5, burst: 1 }, name: 'ratePerSecond' },
    { throttle: { ratePerSecond: 1, burst: 0 }, name: 'burst' },
    { throttle: { ratePerSecond: 1, burst: 50_001 }, name: 'burst' },
    { throttle: { ratePerSecond: 1, burst: Number.NaN }, name: 'burst' },
  ])('may not be $throttle', ({ throttle, name }) => {
    expect(() => synthesize({ throttle })).toThrow(
      new RegExp(`^throttle\\.${name}: expected a whole number from 1 to`),
    )
  })
})

function throttleOf(throttle?: Throttle): Record<string, unknown> {
  const { properties } = only(
    synthesize({ ...(throttle && { throttle }) }),
    'AWS::ApiGatewayV2::Stage',
  )
  return record(properties['DefaultRouteSettings'])
}
