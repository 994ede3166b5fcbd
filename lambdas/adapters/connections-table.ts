import {
  DeleteItemCommand,
  PutItemCommand,
  ScanCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb'
import type { Connection } from '../core/connection.ts'
import type { Connections } from '../core/delivery.ts'

/** The Connections table: partition key `connectionId`, and `expiresAt`, its TTL. */
export class ConnectionsTable implements Connections {
  readonly #client: DynamoDBClient
  readonly #tableName: string

  constructor(client: DynamoDBClient, tableName: string) {
    this.#client = client
    this.#tableName = tableName
  }

  async add({ connectionId, expiresAt }: Connection): Promise<void> {
    await this.#client.send(
      new PutItemCommand({
        TableName: this.#tableName,
        Item: { connectionId: { S: connectionId }, expiresAt: { N: String(expiresAt) } },
      }),
    )
  }

  async remove(connectionId: string): Promise<void> {
    await this.#client.send(
      new DeleteItemCommand({
        TableName: this.#tableName,
        Key: { connectionId: { S: connectionId } },
      }),
    )
  }

  // A Scan costs no more than any index here, because the table holds nothing but connections. It
  // is consistent, so that nobody who has just connected misses a message.
  async *pages(): AsyncGenerator<readonly Connection[]> {
    let start: Record<string, AttributeValue> | undefined
    do {
      const page = await this.#client.send(
        new ScanCommand({
          TableName: this.#tableName,
          ConsistentRead: true,
          ExclusiveStartKey: start,
        }),
      )
      yield (page.Items ?? []).map(toConnection)
      start = page.LastEvaluatedKey
    } while (start)
  }
}

function toConnection(item: Record<string, AttributeValue>): Connection {
  return {
    connectionId: item['connectionId']?.S ?? '',
    expiresAt: Number(item['expiresAt']?.N ?? 0),
  }
}
