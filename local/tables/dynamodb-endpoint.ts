import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { send, type Answer, type Refusal, type ServiceDoor } from '../access/service-door.ts'
import type { CallFault } from '../faults/faults.ts'
import { closeServer, listen, LOOPBACK, readBody } from '../http.ts'
import { parseJsonObject, type JsonObject } from '../json.ts'
import type { Account } from '../template/account.ts'
import { takeOutFailing } from './batch-faults.ts'
import { readCall, type DynamoDbCall } from './dynamodb-operations.ts'
import type { TableStore } from './table-store.ts'

export interface DynamoDbProps {
  readonly account: Account
  readonly door: ServiceDoor
  readonly store: TableStore
  /** The most items that one page of a Scan holds, in place of 1 MB of them. */
  readonly scanPageItems?: number | undefined
}

/** DynamoDB takes no request that is larger. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024

const CONTENT_TYPE = { 'Content-Type': 'application/x-amz-json-1.0' }

/** AWS's names for the errors that a fault asks for by their status alone. */
const FAULT_TYPES: ReadonlyMap<number, string> = new Map([
  [400, 'ProvisionedThroughputExceededException'],
  [500, 'InternalServerError'],
  [503, 'ServiceUnavailable'],
])

/** DynamoDB for the functions: what its door lets through is passed on to the store. */
export class DynamoDbEndpoint {
  readonly #props: DynamoDbProps
  readonly #server = createServer((request, response) => {
    const serving = this.#serve(request, response)
    this.#serving.add(serving)
    void serving.finally(() => this.#serving.delete(serving))
  })
  /** Calls under way: the store must not close before it has done with them. */
  readonly #serving = new Set<Promise<void>>()
  url = ''

  constructor(props: DynamoDbProps) {
    this.#props = props
  }

  async start(): Promise<void> {
    this.url = `http://${LOOPBACK}:${await listen(this.#server, 0)}`
  }

  async close(): Promise<void> {
    await closeServer(this.#server)
    await Promise.all(this.#serving)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await readBody(request, MAX_REQUEST_BYTES)
      await this.#answer(request, response, body)
    } catch (error) {
      // Nobody is told when the caller has dropped the line.
      if (response.destroyed) return
      send(response, refusal(500, 'InternalServerError', String(error)))
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> | void {
    const { account, door } = this.#props
    const target = request.headers['x-amz-target']?.toString()
    const input = parseJsonObject(body.toString('utf8'))
    if (!input) return send(response, refusal(400, 'SerializationException', 'no JSON object'))
    const call = readCall(target, input, account)
    if (!call) {
      const message = `${target ?? 'a call without X-Amz-Target'} is not supported locally`
      return send(response, refusal(400, 'UnknownOperationException', message))
    }
    return door.serve(request, response, body, {
      name: 'dynamodb',
      faultsName: 'dynamodb',
      call,
      perform: (fault) => this.#perform(call, input, body, fault),
      refuse,
    })
  }

  async #perform(
    { operation }: DynamoDbCall,
    input: JsonObject,
    body: Buffer,
    fault: CallFault | undefined,
  ): Promise<Answer> {
    const { store, scanPageItems } = this.#props
    const batch = fault && takeOutFailing(operation, input, () => fault.failsEntry())
    if (batch) {
      const { input: rest } = batch
      const nothingDone = { status: 200, headers: CONTENT_TYPE, body: '{}' }
      const answer = rest ? await pass(store, operation, JSON.stringify(rest)) : nothingDone
      return batch.complete(answer)
    }
    if (scanPageItems === undefined || operation !== 'Scan') return pass(store, operation, body)
    const limit = typeof input['Limit'] === 'number' ? input['Limit'] : Infinity
    const Limit = Math.min(limit, scanPageItems)
    return pass(store, operation, JSON.stringify({ ...input, Limit }))
  }
}

async function pass(store: TableStore, operation: string, body: string | Buffer): Promise<Answer> {
  const response = await store.request(operation, body)
  return {
    status: response.status,
    headers: CONTENT_TYPE,
    body: Buffer.from(await response.arrayBuffer()),
  }
}

function refuse(why: Refusal): Answer {
  switch (why.reason) {
    case 'authentication':
      return refusal(400, why.type, why.message)
    case 'permission':
      return refusal(400, 'AccessDeniedException', why.message)
    case 'fault': {
      const type = why.type ?? FAULT_TYPES.get(why.status) ?? 'InternalServerError'
      return refusal(why.status, type, 'A fault of the local runtime')
    }
  }
}

function refusal(status: number, type: string, message: string): Answer {
  const __type = `com.amazon.coral.service#${type}`
  return { status, headers: CONTENT_TYPE, body: JSON.stringify({ __type, message }) }
}
