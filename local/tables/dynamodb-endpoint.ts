import {
  CONTENT_TYPE,
  JsonEndpoint,
  type JsonCall,
  type JsonService,
} from '../access/json-endpoint.ts'
import type { Answer, Refusal, ServiceDoor } from '../access/service-door.ts'
import { isDeeperThan, type JsonObject } from '../json.ts'
import type { Account } from '../template/account.ts'
import type { TableDefinition } from '../template/dynamodb.ts'
import type { Trace } from '../trace.ts'
import { takeOutFailing } from './batch-faults.ts'
import { metered } from './consumed-capacity.ts'
import { readCall, type DynamoDbCall } from './dynamodb-operations.ts'
import { IndexMeter } from './index-meter.ts'
import type { TableStore } from './table-store.ts'

export interface DynamoDbProps {
  readonly account: Account
  readonly door: ServiceDoor
  readonly store: TableStore
  readonly tables: readonly TableDefinition[]
  readonly trace: Trace
  /** The most items that one page of a Scan holds, in place of 1 MB of them. */
  readonly scanPageItems?: number | undefined
}

/** DynamoDB takes no request that is larger. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024

/**
 * DynamoDB takes 32 levels in an attribute, each of which is two of JSON, in a request of at most
 * seven more. The embedded store takes as many as there are, and dies of too many.
 */
const MAX_JSON_LEVELS = 2 * 32 + 7

/** AWS's names for the errors that a fault asks for by their status alone. */
const FAULT_TYPES: ReadonlyMap<number, string> = new Map([
  [400, 'ProvisionedThroughputExceededException'],
  [500, 'InternalServerError'],
  [503, 'ServiceUnavailable'],
])

/** DynamoDB for the functions: what its door lets through is passed on to the store. */
export function dynamoDbEndpoint(props: DynamoDbProps): JsonEndpoint<DynamoDbCall> {
  const parts = { ...props, indexes: new IndexMeter(props.store, props.tables) }
  const service: JsonService<DynamoDbCall> = {
    name: 'dynamodb',
    faultsName: 'dynamodb',
    maxRequestBytes: MAX_REQUEST_BYTES,
    readCall: (target, input) => readCall(target, input, props.account),
    perform: (call) => perform(call, parts),
    refuse,
    fail: (error, message) => refusal(error === 'InternalServerError' ? 500 : 400, error, message),
  }
  return new JsonEndpoint(service, props.door)
}

interface Parts extends DynamoDbProps {
  readonly indexes: IndexMeter
}

async function perform(jsonCall: JsonCall<DynamoDbCall>, props: Parts): Promise<Answer> {
  const { call, input, fault } = jsonCall
  const { operation } = call
  if (isDeeperThan(MAX_JSON_LEVELS, input)) {
    const message = 'Nesting Levels have exceeded supported limits'
    return refusal(400, 'ValidationException', message)
  }
  const batch = fault && takeOutFailing(operation, input, () => fault.failsEntry())
  if (batch) {
    const { input: rest } = batch
    const nothingDone = { status: 200, headers: CONTENT_TYPE, body: '{}' }
    const answer = rest ? await pass(jsonCall, props, rest) : nothingDone
    return batch.complete(answer)
  }
  const { scanPageItems } = props
  if (scanPageItems === undefined || operation !== 'Scan') return pass(jsonCall, props)
  const limit = typeof input['Limit'] === 'number' ? input['Limit'] : Infinity
  return pass(jsonCall, props, { ...input, Limit: Math.min(limit, scanPageItems) })
}

/**
 * Lets the store carry a call out, and notes what it consumes.
 *
 * @param changed the input, when it is not what came
 */
async function pass(
  { call, input, body, caller }: JsonCall<DynamoDbCall>,
  { store, trace, indexes }: Parts,
  changed?: JsonObject,
): Promise<Answer> {
  const { operation, action, resources } = call
  const meter = metered(operation, changed ?? input)
  const asked = meter?.input ?? changed
  const watch = await indexes.watch(operation, changed ?? input)
  const response = await store.request(operation, asked ? JSON.stringify(asked) : body)
  const answer: Answer = {
    status: response.status,
    headers: CONTENT_TYPE,
    body: Buffer.from(await response.arrayBuffer()),
  }
  const ofIndexes = answer.status === 200 ? await watch?.() : undefined
  const read = meter?.read(answer, ofIndexes ?? [])
  if (read?.consumed) {
    const resource = resources[0] ?? '*'
    trace.record({
      kind: 'consumed',
      principalArn: caller.arn,
      action,
      resource,
      ...read.consumed,
    })
  }
  return read?.answer ?? answer
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
