import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import dynalite from 'dynalite'
import type { Identities } from '../access/identities.ts'
import { AssemblyError } from '../errors.ts'
import { closeServer, listen, LOOPBACK, readBody, sendJson } from '../http.ts'
import type { TableDefinition } from '../template/dynamodb.ts'
import { readCall } from './dynamodb-operations.ts'

export interface DynamoDbProps {
  readonly tables: readonly TableDefinition[]
  readonly identities: Identities
  /** Another DynamoDB in place of the embedded one. */
  readonly dynamodbUrl?: string | undefined
  /** The most items that one page of a Scan holds, in place of 1 MB of them. */
  readonly scanPageItems?: number | undefined
}

/** DynamoDB takes no request that is larger. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024

/** What the table store wants to see of a signature; who may call has been judged before. */
const STORE_AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0'

/**
 * DynamoDB for the functions: knows each caller by its credentials, judges the call by the caller's
 * role, and passes it on to the store.
 */
export class DynamoDbEndpoint {
  readonly #props: DynamoDbProps
  readonly #server = createServer((request, response) => {
    const serving = this.#serve(request, response)
    this.#serving.add(serving)
    void serving.finally(() => this.#serving.delete(serving))
  })
  /** Calls under way: the store must not close before it has done with them. */
  readonly #serving = new Set<Promise<void>>()
  #store: Server | undefined
  #storeUrl = ''
  url = ''

  constructor(props: DynamoDbProps) {
    this.#props = props
  }

  async start(): Promise<void> {
    this.#storeUrl = this.#props.dynamodbUrl ?? (await this.#startStore())
    for (const table of this.#props.tables) await this.#createTable(table)
    this.url = `http://${LOOPBACK}:${await listen(this.#server, 0)}`
  }

  async close(): Promise<void> {
    await closeServer(this.#server)
    await Promise.all(this.#serving)
    if (this.#store) await closeServer(this.#store)
  }

  async #startStore(): Promise<string> {
    this.#store = dynalite({ createTableMs: 0 })
    return `http://${LOOPBACK}:${await listen(this.#store, 0)}`
  }

  async #createTable(table: TableDefinition): Promise<void> {
    const { globalSecondaryIndexes } = table
    const request = {
      TableName: table.tableName,
      AttributeDefinitions: table.attributeDefinitions,
      KeySchema: table.keySchema,
      BillingMode: 'PAY_PER_REQUEST',
      ...(globalSecondaryIndexes.length > 0 && { GlobalSecondaryIndexes: globalSecondaryIndexes }),
    }
    const body = Buffer.from(JSON.stringify(request))
    const response = await this.#pass('DynamoDB_20120810.CreateTable', body).catch(() => {
      throw new AssemblyError(`no DynamoDB answers at ${this.#storeUrl}`)
    })
    if (response.ok) return
    const failure = await response.text()
    // Another DynamoDB may have kept the table from the last run.
    if (this.#props.dynamodbUrl !== undefined && failure.includes('ResourceInUseException')) return
    throw new AssemblyError(`the table ${table.tableName} could not be made: ${failure}`)
  }

  #pass(target: string, body: Buffer): Promise<Response> {
    return fetch(this.#storeUrl, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-amz-json-1.0',
        'X-Amz-Target': target,
        'X-Amz-Date': '20260101T000000Z',
        Authorization: STORE_AUTHORIZATION,
      },
      body,
    })
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(request, response)
    } catch (error) {
      // Nobody is told when the caller has dropped the line.
      if (response.destroyed) return
      refuse(response, 500, 'InternalServerError', String(error))
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { identities, scanPageItems } = this.#props
    let body = await readBody(request, MAX_REQUEST_BYTES)
    const target = request.headers['x-amz-target']?.toString()
    const input = parseObject(body)
    const call = readCall(target, input, identities.account)
    if (target === undefined || !call) {
      const message = `${target ?? 'a call without X-Amz-Target'} is not supported locally`
      return refuse(response, 400, 'UnknownOperationException', message)
    }
    const caller = identities.find(request.headers.authorization)
    if (!caller) {
      const message = 'The security token included in the request is invalid.'
      return refuse(response, 400, 'UnrecognizedClientException', message)
    }
    for (const resource of call.resources) {
      const refusal = identities.authorize(caller, call.action, resource)
      if (refusal !== undefined) return refuse(response, 400, 'AccessDeniedException', refusal)
    }
    if (scanPageItems !== undefined && call.action === 'dynamodb:Scan') {
      const limit = typeof input['Limit'] === 'number' ? input['Limit'] : Infinity
      body = Buffer.from(JSON.stringify({ ...input, Limit: Math.min(limit, scanPageItems) }))
    }
    const answer = await this.#pass(target, body)
    response.writeHead(answer.status, { 'Content-Type': 'application/x-amz-json-1.0' })
    response.end(Buffer.from(await answer.arrayBuffer()))
  }
}

function parseObject(body: Buffer): Record<string, unknown> {
  const value: unknown = JSON.parse(body.toString('utf8') || '{}')
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  const __type = `com.amazon.coral.service#${type}`
  sendJson(response, status, { __type, message }, { 'Content-Type': 'application/x-amz-json-1.0' })
}
