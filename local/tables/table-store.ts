import type { Server } from 'node:http'
import dynalite from 'dynalite'
import scan from 'dynalite/validations/scan.js'
import { AssemblyError } from '../errors.ts'
import { closeServer, listen, LOOPBACK } from '../http.ts'
import { asJsonObject, parseJsonObject, type JsonObject } from '../json.ts'
import type { TableDefinition } from '../template/dynamodb.ts'

/** What the store wants to see of a signature; who may call has been judged before. */
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0'

// It drops what it does not know of a Scan, and would bill one that is consistent as one that is not.
scan.types['ConsistentRead'] = 'Boolean'

/** What keeps the items: DynamoDB in this process, or another one. */
export class TableStore {
  readonly #otherUrl: string | undefined
  #server: Server | undefined
  #url = ''

  /** @param otherUrl another DynamoDB in place of the embedded one */
  constructor(otherUrl?: string) {
    this.#otherUrl = otherUrl
  }

  /** Whether the items live in this process, and only there. */
  get embedded(): boolean {
    return this.#otherUrl === undefined
  }

  /** @throws AssemblyError when a table cannot be made, or no DynamoDB answers */
  async start(tables: readonly TableDefinition[]): Promise<void> {
    this.#url = this.#otherUrl ?? (await this.#startEmbedded())
    for (const table of tables) await this.#createTable(table)
  }

  async close(): Promise<void> {
    if (this.#server) await closeServer(this.#server)
  }

  /** Passes a request on as it is. */
  request(operation: string, body: string | Buffer): Promise<Response> {
    return fetch(this.#url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-amz-json-1.0',
        'X-Amz-Target': `DynamoDB_20120810.${operation}`,
        'X-Amz-Date': '20260101T000000Z',
        Authorization: AUTHORIZATION,
      },
      body,
    })
  }

  /** The runtime's own request. Rejects when it fails. */
  async send(operation: string, input: JsonObject): Promise<JsonObject> {
    const response = await this.request(operation, JSON.stringify(input))
    const text = await response.text()
    if (!response.ok) throw new Error(`${operation}: ${text}`)
    return asJsonObject(parseJsonObject(text))
  }

  /** Every item of a table. */
  async items(TableName: string): Promise<JsonObject[]> {
    const items: JsonObject[] = []
    let ExclusiveStartKey: unknown
    do {
      const from = ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }
      const page = await this.send('Scan', { TableName, ConsistentRead: true, ...from })
      if (Array.isArray(page['Items'])) items.push(...page['Items'].map(asJsonObject))
      ExclusiveStartKey = page['LastEvaluatedKey']
    } while (ExclusiveStartKey !== undefined)
    return items
  }

  async #startEmbedded(): Promise<string> {
    this.#server = dynalite({ createTableMs: 0 })
    return `http://${LOOPBACK}:${await listen(this.#server, 0)}`
  }

  async #createTable(table: TableDefinition): Promise<void> {
    const { globalSecondaryIndexes, localSecondaryIndexes, provisionedThroughput } = table
    const request = {
      TableName: table.tableName,
      AttributeDefinitions: table.attributeDefinitions,
      KeySchema: table.keySchema,
      ...(provisionedThroughput === undefined
        ? { BillingMode: 'PAY_PER_REQUEST' }
        : { ProvisionedThroughput: provisionedThroughput }),
      ...(globalSecondaryIndexes.length > 0 && { GlobalSecondaryIndexes: globalSecondaryIndexes }),
      ...(localSecondaryIndexes && { LocalSecondaryIndexes: localSecondaryIndexes }),
    }
    const response = await this.request('CreateTable', JSON.stringify(request)).catch(() => {
      throw new AssemblyError(`no DynamoDB answers at ${this.#url}`)
    })
    if (response.ok) return
    const failure = await response.text()
    // Another DynamoDB may have kept the table from the last run.
    if (!this.embedded && failure.includes('ResourceInUseException')) return
    throw new AssemblyError(`the table ${table.tableName} could not be made: ${failure}`)
  }
}
