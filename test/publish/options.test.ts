import { describe, expect, it } from 'vitest'
import { DEFAULT_PORT, readOptions, UsageError, type Options } from '../../publish/options.ts'

const TO_ALL = ['publish', '--to', 'everyone', '--text', 'hi']
const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/jobs'

function read(args: readonly string[], queueVariable?: string): Options {
  const options = readOptions(args, queueVariable)
  if (options === 'help') throw new Error('it asked for help')
  return options
}

describe('npx switchboard publish', () => {
  it.each([
    ['everyone', 'everyone'],
    ['room:lobby', { room: 'lobby' }],
    ['room:a:b', { room: 'a:b' }],
    ['user:alice', { user: 'alice' }],
    ['L0SM9cOFvHcCIhw=', 'L0SM9cOFvHcCIhw='],
  ])('takes %s for whom it is', (to, target) => {
    expect(read(['publish', '--to', to, '--text', 'hi']).to).toEqual(target)
  })

  it('takes JSON or a text, which may be empty', () => {
    expect(read(['publish', '--to', 'x', '--data', '{}']).content).toEqual({ json: '{}' })
    expect(read(['publish', '--to', 'x', '--text', '']).content).toEqual({ text: '' })
  })

  it.each<[readonly string[], string | undefined, Options['destination']]>([
    [[], undefined, { port: DEFAULT_PORT }],
    [[], '', { port: DEFAULT_PORT }],
    [[], QUEUE_URL, { queueUrl: QUEUE_URL }],
    [['--port', '4000'], QUEUE_URL, { port: 4000 }],
    [['--queue-url', QUEUE_URL], 'https://another.example/queue', { queueUrl: QUEUE_URL }],
  ])('with %j and the variable %j, publishes there: %j', (args, queueVariable, destination) => {
    expect(read([...TO_ALL, ...args], queueVariable).destination).toEqual(destination)
  })

  it('gives help to who asks for it', () => {
    expect(readOptions(['--help'], undefined)).toBe('help')
    expect(readOptions(['publish', '--help'], undefined)).toBe('help')
  })

  it.each<[readonly string[], RegExp]>([
    [[], /command publish, received none/],
    [['send'], /command publish, received send/],
    [['publish', 'now', '--to', 'x', '--text', 'hi'], /received publish now/],
    [['publish', '--text', 'hi'], /^--to/],
    [['publish', '--to', 'x'], /--data or --text, received neither/],
    [[...TO_ALL, '--data', '1'], /--data or --text, received both/],
    [[...TO_ALL, '--port', '0'], /^--port.*received 0/],
    [[...TO_ALL, '--port', '65536'], /^--port/],
    [[...TO_ALL, '--port', '1e3'], /^--port/],
    [[...TO_ALL, '--queue-url', 'jobs'], /^--queue-url: expected a URL, received jobs/],
    [[...TO_ALL, '--port', '1', '--queue-url', QUEUE_URL], /received both/],
    [[...TO_ALL, '--quiet'], /--quiet/],
  ])('says what is wrong with %j', (args, message) => {
    expect(() => readOptions(args, undefined)).toThrow(UsageError)
    expect(() => readOptions(args, undefined)).toThrow(message)
  })
})
