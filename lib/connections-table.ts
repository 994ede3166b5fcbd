import { RemovalPolicy } from 'aws-cdk-lib'
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import type { Construct } from 'constructs'
import type { TableSettings } from './table-settings.ts'

/**
 * The table of connections: `connectionId` and `expiresAt` (the TTL, in seconds), and nothing that
 * tells where or who a client is.
 */
export function connectionsTable(scope: Construct, props: TableSettings): TableV2 {
  return new TableV2(scope, 'Connections', {
    partitionKey: { name: 'connectionId', type: AttributeType.STRING },
    timeToLiveAttribute: 'expiresAt',
    billing: Billing.onDemand(),
    pointInTimeRecoverySpecification: {
      pointInTimeRecoveryEnabled: props.pointInTimeRecovery ?? false,
    },
    removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
  })
}
