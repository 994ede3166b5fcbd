// The process that a bench measures: posts to both endpoints, in the way that it is told to.
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { setTimeout } from 'node:timers/promises'
import * as v from 'valibot'
import { ConnectionPool } from '../lambdas/adapters/connection-pool.ts'
import { lineOpener } from '../lambdas/adapters/open-line.ts'
import { PostSigner } from '../lambdas/adapters/post-signer.ts'
import { Poster } from '../lambdas/adapters/poster.ts'
import { ManagementApi } from '../lambdas/adapters/management-api.ts'
import { eachConcurrently } from '../lambdas/core/each-concurrently.ts'
import { Pace } from '../lambdas/core/pace.ts'
import { CONCURRENT_POSTS, push, type PushDeps } from '../lambdas/core/push.ts'

const orderSchema = v.object({
  protocol: v.picklist(['http', 'https']),
  way: v.picklist(['sdkAll', 'sdkPool', 'push', 'floor']),
  deliveries: v.number(),
})

/** Delivers to all of them. */
type Deliver = (ids: readonly string[]) => Promise<unknown>

const REGION = 'eu-west-1'
const TIMEOUTS = { connectMs: 5_000, answerMs: 60_000 }

/** Far beyond what one process can post: the pace is counted, and nobody waits for it. */
const POSTS_PER_SECOND = 1_000_000

/** A role's: its token is as long as those that Lambda gives. */
const CREDENTIALS = {
  accessKeyId: 'ASIAEXAMPLEEXAMPLE00',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'IQoJb3JpZ2luX2VjE'.padEnd(1_000, 'EXAMPLEtoken'),
}

const FRAME = JSON.stringify({
  type: 'message',
  id: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
  from: 'L0SM9cOFvHcCIhw=',
  to: 'everyone',
  data: '',
}).padEnd(200, ' ')

const [, , httpUrl = '', httpsUrl = ''] = process.argv
const ways = { http: waysTo(httpUrl), https: waysTo(httpsUrl) }

function waysTo(endpoint: string) {
  const client = new ApiGatewayManagementApiClient({
    endpoint,
    region: REGION,
    credentials: CREDENTIALS,
  })
  const api = new ManagementApi(new Poster(() => client, TIMEOUTS))
  const deps: PushDeps = {
    post: (id, frame) => api.post(id, frame),
    pace: new Pace(POSTS_PER_SECOND),
    now: () => Date.now(),
    sleep: async (milliseconds) => {
      await setTimeout(milliseconds)
    },
    random: () => Math.random(),
  }
  const send = async (ConnectionId: string): Promise<void> => {
    await client.send(new PostToConnectionCommand({ ConnectionId, Data: FRAME }))
  }
  const pushAll = async (connectionIds: readonly string[]): Promise<void> => {
    const outcomes = await push({ frame: FRAME, connectionIds, deadlineMs: Infinity }, deps)
    const sent = [...outcomes.values()].filter((outcome) => outcome === 'sent').length
    if (sent !== connectionIds.length) throw new Error(`${sent} of ${connectionIds.length} sent`)
  }
  const floor = unsigned(endpoint)
  return {
    sdkAll: (ids) => Promise.all(ids.map(send)),
    sdkPool: (ids) => eachConcurrently(ids, CONCURRENT_POSTS, send),
    push: pushAll,
    floor: (ids) => eachConcurrently(ids, CONCURRENT_POSTS, floor),
  } satisfies Record<string, Deliver>
}

/** Posts over a pool like the poster's the same bytes, but for the signature: it is always the same. */
function unsigned(endpoint: string): (id: string) => Promise<void> {
  const { protocol, hostname, port, host } = new URL(endpoint)
  const open = lineOpener({ secure: protocol === 'https:', host: hostname, port: Number(port) })
  const pool = new ConnectionPool({ open, maxSockets: CONCURRENT_POSTS, timeouts: TIMEOUTS })
  const signer = new PostSigner({ region: REGION, host, basePath: '' })
  const [start, end] = signer.sign('ID=', FRAME, CREDENTIALS, new Date()).split('ID%3D')
  return async (id) => {
    const { status } = await pool.exchange(`${start}${id.slice(0, -1)}%3D${end}`)
    if (status !== 200) throw new Error(`the status is ${status}`)
  }
}

async function microsecondsOf(order: v.InferOutput<typeof orderSchema>): Promise<number> {
  const { protocol, way, deliveries } = order
  const ids = Array.from(
    { length: deliveries },
    (_, index) => `${String(index).padStart(15, 'L')}=`,
  )
  globalThis.gc?.()
  const before = process.cpuUsage()
  await ways[protocol][way](ids)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / deliveries
}

process.on('message', (message) => {
  void microsecondsOf(v.parse(orderSchema, message)).then((microseconds) =>
    process.send?.(microseconds),
  )
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
