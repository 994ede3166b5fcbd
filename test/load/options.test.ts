import { describe, expect, it } from 'vitest'
import { estimate, estimateDollars } from '../../load/estimate.ts'
import { readOptions, UsageError } from '../../load/options.ts'

const URL = 'wss://abc.execute-api.us-east-1.amazonaws.com/prod'
const read = (...args: readonly string[]) => readOptions(['--url', URL, ...args])

describe('the options of the load tool', () => {
  it('send little, and privately, by default', () => {
    expect(read()).toEqual({
      url: URL,
      connections: 100,
      connectRate: 100,
      rate: 10,
      seconds: 60,
      to: 'self',
      chart: undefined,
      json: false,
    })
  })

  it.each([
    [[], '--url: expected a wss:// URL, or a ws:// URL on this machine, received nothing'],
    [['--url', 'ws://example.com/prod'], '--url: expected a wss:// URL'],
    [['--url', 'https://example.com/prod'], '--url: expected a wss:// URL'],
    [['--url', 'prod'], '--url: expected a wss:// URL'],
    [['--url', `${URL}#part`], '--url: expected a wss:// URL'],
    [['--url', URL, '--connections', '10001'], 'from 1 to 10000, received 10001'],
    [['--url', URL, '--connections', '0'], '--connections: expected a whole number'],
    [['--url', URL, '--connect-rate', '501'], "from 1 to 500, the account's quota, received 501"],
    [['--url', URL, '--rate', '2001'], '--rate: expected a whole number from 1 to 2000'],
    [['--url', URL, '--rate', '1.5'], '--rate: expected a whole number'],
    [['--url', URL, '--seconds', '3601'], '--seconds: expected a whole number from 1 to 3600'],
    [['--url', URL, '--to', 'all'], '--to: expected everyone, self or next, received all'],
    [['--url', URL, '--nonsense'], '--nonsense'],
  ])('are refused when they are wrong: %j', (args, message) => {
    const reading = () => readOptions(args)
    expect(reading).toThrow(UsageError)
    expect(reading).toThrow(message)
  })

  it('reach as far as they say', () => {
    const most = ['--connections', '10000', '--connect-rate', '500', '--rate', '2000']
    expect(read(...most, '--seconds', '3600')).toMatchObject({ connections: 10_000, rate: 2_000 })
  })

  it.each(['ws://localhost:3001/prod', 'ws://127.0.0.1:3001/prod', 'ws://[::1]:3001/prod'])(
    'take a line without TLS on this machine: %s',
    (url) => {
      expect(readOptions(['--url', url])).toMatchObject({ url })
    },
  )

  it('let everyone be sent to only as far as the quota of an account', () => {
    const toEveryone = (rate: string) => () =>
      read('--to', 'everyone', '--connections', '1000', '--rate', rate)
    expect(toEveryone('10')).not.toThrow()
    expect(toEveryone('11')).toThrow('11000 pushes a second')
  })
})

describe('the estimate', () => {
  it('counts what goes in, what goes out and the acks', () => {
    const options = read('--connections', '1000', '--rate', '10', '--seconds', '100')
    if (!options) throw new Error('no options')
    // $0.005 of messages, $0.0006 of invocations, $0.00125 of writes and $0.00044 of minutes.
    expect(estimateDollars(options)).toBeCloseTo(0.00728, 4)
    expect(estimate(options)).toContain('less than a cent')
    // 1,002 messages for each of 1,000.
    expect(estimateDollars({ ...options, to: 'everyone' })).toBeCloseTo(1.006, 2)
  })
})
