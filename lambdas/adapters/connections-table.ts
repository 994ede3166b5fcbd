import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb'
import { latestConnected, type Connection } from '../core/connection.ts'
import type { Turns } from '../core/refusal.ts'
import type { Connections, Page, Pruned } from '../core/delivery.ts'

/** The Connections table: partition key `connectionId`, and `expiresAt`, its TTL. */
export class ConnectionsTable implements Connections, Turns {
  readonly #client: () => DynamoDBClient
  readonly #tableName: string

  constructor(client: () => DynamoDBClient, tableName: string) {
    this.#client = client
    this.#tableName = tableName
  }

  async add({ connectionId, expiresAt, tat }: Connection): Promise<void> {
    await this.#client().send(
      new PutItemCommand({
        TableName: this.#tableName,
        Item: {
          connectionId: { S: connectionId },
          expiresAt: { N: String(expiresAt) },
          tat: { N: String(tat) },
        },
      }),
    )
  }

  async remove(connectionId: string): Promise<void> {
    await this.#client().send(
      new DeleteItemCommand({
        TableName: this.#tableName,
        Key: { connectionId: { S: connectionId } },
      }),
    )
  }

  async prune(connectionId: string): Promise<Pruned> {
    const pruned = await unlessRefused(
      this.#client().send(
        new DeleteItemCommand({
          TableName: this.#tableName,
          Key: { connectionId: { S: connectionId } },
          // An item that is gone already has no tat.
          ConditionExpression: 'attribute_not_exists(tat) OR tat <= :latest',
          ExpressionAttributeValues: { ':latest': { N: String(latestConnected(Date.now())) } },
          ReturnValues: 'ALL_OLD',
        }),
      ),
    )
    if (!pruned) return 'connecting'
    return pruned.Attributes ? 'taken' : 'absent'
  }

  // What DynamoDB cannot say is max(tat, now): so there are two writes, of which one fits. Neither
  // brings an item back that has gone, because without a tat it fits none.
  async take(connectionId: string, nowMs: number, intervalMs: number): Promise<number | undefined> {
    const afterPause = await this.#move(connectionId, 'SET tat = :next', 'tat < :now', {
      ':next': { N: String(nowMs + intervalMs) },
      ':now': { N: String(nowMs) },
    })
    if (afterPause !== undefined) return afterPause
    return this.#move(connectionId, 'SET tat = tat + :interval', 'tat >= :now', {
      ':interval': { N: String(intervalMs) },
      ':now': { N: String(nowMs) },
    })
  }

  async #move(
    connectionId: string,
    UpdateExpression: string,
    ConditionExpression: string,
    ExpressionAttributeValues: Record<string, { N: string }>,
  ): Promise<number | undefined> {
    const moved = await unlessRefused(
      this.#client().send(
        new UpdateItemCommand({
          TableName: this.#tableName,
          Key: { connectionId: { S: connectionId } },
          UpdateExpression,
          ConditionExpression,
          ExpressionAttributeValues,
          ReturnValues: 'UPDATED_NEW',
        }),
      ),
    )
    return moved && Number(moved.Attributes?.['tat']?.N)
  }

  // A Scan costs no more than any index here, because the table holds nothing but connections. It
  // is consistent, so that nobody who has just connected misses a message. DynamoDB may keep an
  // expired item for days, hence the filter.
  async page(after?: string, limit?: number): Promise<Page> {
    const { Items = [], LastEvaluatedKey } = await this.#client().send(
      new ScanCommand({
        TableName: this.#tableName,
        ConsistentRead: true,
        ProjectionExpression: 'connectionId',
        FilterExpression: 'expiresAt > :now',
        ExpressionAttributeValues: { ':now': { N: String(Math.floor(Date.now() / 1000)) } },
        ...(after !== undefined && { ExclusiveStartKey: { connectionId: { S: after } } }),
        ...(limit !== undefined && { Limit: limit }),
      }),
    )
    return {
      connectionIds: Items.flatMap(({ connectionId }) => connectionId?.S ?? []),
      next: LastEvaluatedKey?.['connectionId']?.S,
    }
  }
}

/** Undefined when the item does not fit the condition of a write. */
async function unlessRefused<Output>(write: Promise<Output>): Promise<Output | undefined> {
  try {
    return await write
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined
    throw error
  }
}
