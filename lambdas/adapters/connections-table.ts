import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  PutItemCommand,
  ScanCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb'
import { latestConnected, type Connection } from '../core/connection.ts'
import type { Connections, Page } from '../core/delivery.ts'

/** The Connections table: partition key `connectionId`, and `expiresAt`, its TTL. */
export class ConnectionsTable implements Connections {
  readonly #client: () => DynamoDBClient
  readonly #tableName: string

  constructor(client: () => DynamoDBClient, tableName: string) {
    this.#client = client
    this.#tableName = tableName
  }

  async add({ connectionId, expiresAt }: Connection): Promise<void> {
    await this.#client().send(
      new PutItemCommand({
        TableName: this.#tableName,
        Item: { connectionId: { S: connectionId }, expiresAt: { N: String(expiresAt) } },
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

  async prune(connectionId: string): Promise<boolean> {
    try {
      await this.#client().send(
        new DeleteItemCommand({
          TableName: this.#tableName,
          Key: { connectionId: { S: connectionId } },
          // An item that is gone already has no expiresAt.
          ConditionExpression: 'attribute_not_exists(expiresAt) OR expiresAt <= :latest',
          ExpressionAttributeValues: { ':latest': { N: String(latestConnected(Date.now())) } },
        }),
      )
      return true
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false
      throw error
    }
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
