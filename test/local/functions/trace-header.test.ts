import { describe, expect, it } from 'vitest'
import { chainedInvocations, nextTraceHeader } from '../../../local/functions/trace-header.ts'

const NOW = Date.UTC(2026, 0, 31)

describe('a trace header', () => {
  it('begins with a root of the time, and one invocation', () => {
    const header = nextTraceHeader('arn:work', [], NOW)
    expect(header).toMatch(
      /^Root=1-697d4600-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=[0-9a-f]{8}:1$/,
    )
    expect(chainedInvocations('arn:work', header)).toBe(1)
    expect(chainedInvocations('arn:other', header)).toBe(0)
  })

  it('counts each function of its chain by itself', () => {
    const first = nextTraceHeader('arn:work', [], NOW)
    const second = nextTraceHeader('arn:other', [first], NOW)
    const third = nextTraceHeader('arn:work', [second], NOW)
    expect(chainedInvocations('arn:work', third)).toBe(2)
    expect(chainedInvocations('arn:other', third)).toBe(1)
  })

  it('goes on with the longest chain of several, under the first root', () => {
    const short = nextTraceHeader('arn:work', [], NOW)
    const long = nextTraceHeader('arn:work', [nextTraceHeader('arn:work', [], NOW)], NOW)
    for (const order of [
      [short, long],
      [long, short],
    ]) {
      const header = nextTraceHeader('arn:work', order, NOW)
      expect(chainedInvocations('arn:work', header)).toBe(3)
      expect(header.split(';')[0]).toBe(order[0]?.split(';')[0])
    }
  })

  it.each(['', ';', 'Root', 'Lineage=', 'Lineage=a:b', 'Self=1-2;Lineage=|:|', '='])(
    'begins anew after %j, which is none',
    (header) => {
      expect(chainedInvocations('arn:work', header)).toBe(0)
      expect(chainedInvocations('arn:work', nextTraceHeader('arn:work', [header], NOW))).toBe(1)
    },
  )
})
