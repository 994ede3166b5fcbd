import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { deadLetterQueue, deliveryQueue } from '../../../lambdas/adapters/clients.ts'
import { answering } from '../../support/http-answers.ts'

const CHAIN = 'Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=1:4af1815d:3'

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'id')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'deliver')
  vi.stubEnv('_X_AMZN_TRACE_ID', CHAIN)
})

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('a message that a function queues', () => {
  it.each([
    // Lambda counts by it how often a function has run in a chain.
    { name: 'delivery', variable: 'DELIVERY_QUEUE_URL', open: deliveryQueue, chain: CHAIN },
    // Who brings it back begins anew.
    {
      name: 'dead-letter',
      variable: 'DEAD_LETTER_QUEUE_URL',
      open: deadLetterQueue,
      chain: undefined,
    },
  ])('to the $name queue carries the chain $chain', async ({ variable, open, chain }) => {
    await using server = await answering({ status: 200, body: '{"Successful":[],"Failed":[]}' })
    vi.stubEnv(variable, `${server.url}/000000000000/queue`)
    await open().send(['a job'])
    expect(server.requests.map(({ headers }) => headers['x-amzn-trace-id'])).toEqual([chain])
  })
})
