import { RemovalPolicy } from 'aws-cdk-lib'
import { AttributeType, Billing, ProjectionType, TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import { ENVIRONMENT, MEMBERSHIPS_INDEX } from './environment.ts'
import { mustBeWithin } from './must-be-within.ts'
import type { TableSettings } from './table-settings.ts'

export interface GroupSettings {
  /**
   * Which key the names of rooms and users are hashed with. Another number makes a new one, for all
   * functions in one deployment, and deletes the last: who is connected then is in no room until it
   * joins anew, which is within two hours at the latest.
   *
   * @default 1
   */
  readonly groupKeyVersion?: number
}

/**
 * Rooms and users: a table of which connection is in which, and the key by which their names are hashed.
 * The key comes to the functions with their configuration, so that none has to fetch it.
 */
export class Groups extends Construct {
  /** By `group`, the hash of a name, and `connectionId`; an index by connection. */
  readonly memberships: TableV2
  readonly key: Secret
  /** What a function needs to know that reads or writes memberships. */
  readonly environment: Readonly<Record<string, string>>
  /** The same, for one that hashes names. */
  readonly keyEnvironment: Readonly<Record<string, string>>

  constructor(scope: Construct, id: string, props: GroupSettings & TableSettings) {
    super(scope, id)
    const { groupKeyVersion = 1, pointInTimeRecovery, removalPolicy } = props
    mustBeWithin('groupKeyVersion', groupKeyVersion, 1, 1_000_000)
    this.memberships = new TableV2(this, 'Memberships', {
      partitionKey: { name: 'group', type: AttributeType.STRING },
      sortKey: { name: 'connectionId', type: AttributeType.STRING },
      globalSecondaryIndexes: [
        {
          indexName: MEMBERSHIPS_INDEX,
          partitionKey: { name: 'connectionId', type: AttributeType.STRING },
          // With it who cleans up knows whom to tell, and can do so before the membership is gone.
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: ['announcement'],
        },
      ],
      timeToLiveAttribute: 'expiresAt',
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: pointInTimeRecovery ?? false,
      },
      removalPolicy: removalPolicy ?? RemovalPolicy.DESTROY,
    })
    this.key = new Secret(this, `Key${groupKeyVersion}`, {
      description: 'Switchboard: by which the names of rooms and users are hashed',
      generateSecretString: { passwordLength: KEY_LENGTH, excludePunctuation: true },
      removalPolicy: RemovalPolicy.DESTROY,
    })
    acknowledge(this.key, 'AwsSolutions-SMG4', ROTATED_BY_HAND)
    this.environment = { [ENVIRONMENT.membershipsTable]: this.memberships.tableName }
    this.keyEnvironment = {
      ...this.environment,
      // A dynamic reference: the template has no value in it.
      [ENVIRONMENT.groupKey]: this.key.secretValue.unsafeUnwrap(),
    }
  }

  /** Lets it read who is in a group. CDK's own grants would be for the index too. */
  grantReading(grantee: IGrantable): void {
    this.#grant(grantee, 'dynamodb:Query', this.memberships.tableArn)
  }

  grantJoining(grantee: IGrantable): void {
    this.#grant(grantee, 'dynamodb:UpdateItem', this.memberships.tableArn)
  }

  /** Lets it look a connection up in a group. */
  grantFinding(grantee: IGrantable): void {
    this.#grant(grantee, 'dynamodb:GetItem', this.memberships.tableArn)
  }

  /** Lets it take a connection out of all of its groups. */
  grantLeaving(grantee: IGrantable): void {
    const { tableArn } = this.memberships
    this.#grant(grantee, 'dynamodb:Query', `${tableArn}/index/${MEMBERSHIPS_INDEX}`)
    this.#grant(grantee, 'dynamodb:DeleteItem', tableArn)
  }

  #grant(grantee: IGrantable, action: string, resourceArn: string): void {
    Grant.addToPrincipal({ grantee, actions: [action], resourceArns: [resourceArn] })
  }
}

/** Of 62 characters: 256 bits. */
const KEY_LENGTH = 43

const ROTATED_BY_HAND =
  'Another key makes every hash in the table worthless: groupKeyVersion does it, in one deployment.'
