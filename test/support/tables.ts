import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { onTestFinished } from 'vitest'
import { Identities } from '../../local/access/identities.ts'
import type { Statement } from '../../local/access/policy.ts'
import { ServiceDoor } from '../../local/access/service-door.ts'
import { Clock } from '../../local/clock.ts'
import { Faults } from '../../local/faults/faults.ts'
import { dynamoDbEndpoint } from '../../local/tables/dynamodb-endpoint.ts'
import { TableStore } from '../../local/tables/table-store.ts'
import { TimeToLive } from '../../local/tables/time-to-live.ts'
import type { TableDefinition } from '../../local/template/dynamodb.ts'
import { Trace } from '../../local/trace.ts'

/** DynamoDB by itself, with tables of a test's choice and callers of any role. */
export class TestTables {
  readonly trace = new Trace()
  readonly clock = new Clock()
  readonly #identities = new Identities(this.trace, this.clock)
  readonly #store = new TableStore()
  readonly #timeToLive = new TimeToLive(this.#store, this.clock)
  readonly #endpoint: ReturnType<typeof dynamoDbEndpoint>

  private constructor(tables: readonly TableDefinition[]) {
    const { trace, clock } = this
    const identities = this.#identities
    const door = new ServiceDoor({ identities, faults: new Faults(trace), clock })
    const { account } = identities
    this.#endpoint = dynamoDbEndpoint({ account, door, store: this.#store, tables, trace })
  }

  static async start(tables: readonly TableDefinition[]): Promise<TestTables> {
    const started = new TestTables(tables)
    await started.#store.start(tables)
    started.#timeToLive.start(tables)
    await started.#endpoint.start()
    onTestFinished(async () => {
      started.#timeToLive.stop()
      await started.#endpoint.close()
      await started.#store.close()
    })
    return started
  }

  /** A client of the developer's, or of a role with these statements. */
  client(statements?: readonly Statement[]): DynamoDBClient {
    const identities = this.#identities
    const role = {
      roleName: 'Reader',
      roleArn: 'arn',
      trustedServices: [],
      statements: statements ?? [],
    }
    const credentials = statements
      ? identities.assumeRole(role, 'it')[0]
      : identities.administrator()
    const { url: endpoint } = this.#endpoint
    return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 })
  }

  /** What is noted while something is done: operation, unit and units. */
  async consumedBy(work: () => Promise<unknown>): Promise<unknown[]> {
    const before = this.trace.ofKind('consumed').length
    await work()
    const entries = this.trace.ofKind('consumed').slice(before)
    return entries.map(({ action, unit, units }) => [action.split(':')[1], unit, units])
  }
}
