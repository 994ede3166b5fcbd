import {
  DeleteItemCommand,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb'
import { MEMBERSHIPS_INDEX } from '../../lib/environment.ts'
import type { Page } from '../core/delivery.ts'
import type { Membership, Memberships } from '../core/membership.ts'

type Found = Omit<Membership, 'expiresAt'>

/**
 * The Memberships table: partition key `group`, sort key `connectionId`, and `expiresAt`, its TTL,
 * and `announcement`; an index by connection, which has the announcement too.
 */
export class MembershipsTable implements Memberships {
  readonly #client: () => DynamoDBClient
  readonly #tableName: string

  constructor(client: () => DynamoDBClient, tableName: string) {
    this.#client = client
    this.#tableName = tableName
  }

  // Consistent, so that nobody who has just joined misses a message. DynamoDB may keep an expired item
  // for days, hence the filter.
  async page(group: string, after?: string, limit?: number): Promise<Page> {
    const { Items = [], LastEvaluatedKey } = await this.#client().send(
      new QueryCommand({
        TableName: this.#tableName,
        ConsistentRead: true,
        ProjectionExpression: 'connectionId',
        KeyConditionExpression: '#group = :group',
        FilterExpression: 'expiresAt > :now',
        // A word of DynamoDB's own.
        ExpressionAttributeNames: { '#group': 'group' },
        ExpressionAttributeValues: {
          ':group': { S: group },
          ':now': { N: String(Math.floor(Date.now() / 1000)) },
        },
        ...(after !== undefined && { ExclusiveStartKey: keyOf(group, after) }),
        ...(limit !== undefined && { Limit: limit }),
      }),
    )
    return {
      connectionIds: Items.flatMap(({ connectionId }) => connectionId?.S ?? []),
      next: LastEvaluatedKey?.['connectionId']?.S,
    }
  }

  // One page of the index holds more than a connection can be in.
  async ofConnection(connectionId: string): Promise<readonly Found[]> {
    const { Items = [] } = await this.#client().send(
      new QueryCommand({
        TableName: this.#tableName,
        IndexName: MEMBERSHIPS_INDEX,
        KeyConditionExpression: 'connectionId = :connectionId',
        ExpressionAttributeValues: { ':connectionId': { S: connectionId } },
      }),
    )
    return Items.map(({ group, announcement }) => ({
      group: group?.S ?? '',
      connectionId,
      announcement: announcement?.S,
    }))
  }

  async find(group: string, connectionId: string): Promise<Found | undefined> {
    const { Item } = await this.#client().send(
      new GetItemCommand({
        TableName: this.#tableName,
        ConsistentRead: true,
        Key: keyOf(group, connectionId),
      }),
    )
    return Item && { group, connectionId, announcement: Item['announcement']?.S }
  }

  async add({
    group,
    connectionId,
    expiresAt,
    announcement,
  }: Membership): Promise<string | undefined> {
    const first = 'announcement = if_not_exists(announcement, :announcement)'
    const { Attributes } = await this.#client().send(
      new UpdateItemCommand({
        TableName: this.#tableName,
        Key: keyOf(group, connectionId),
        UpdateExpression: `SET expiresAt = :expiresAt${announcement === undefined ? '' : `, ${first}`}`,
        ExpressionAttributeValues: {
          ':expiresAt': { N: String(expiresAt) },
          ...(announcement !== undefined && { ':announcement': { S: announcement } }),
        },
        ReturnValues: 'ALL_NEW',
      }),
    )
    return Attributes?.['announcement']?.S
  }

  async remove(group: string, connectionId: string): Promise<void> {
    await this.#client().send(
      new DeleteItemCommand({ TableName: this.#tableName, Key: keyOf(group, connectionId) }),
    )
  }
}

function keyOf(group: string, connectionId: string) {
  return { group: { S: group }, connectionId: { S: connectionId } }
}
