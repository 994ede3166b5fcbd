import type { RemovalPolicy } from 'aws-cdk-lib'

/** What becomes of the tables. */
export interface TableSettings {
  /**
   * What becomes of the tables when the stack goes.
   *
   * @default RemovalPolicy.DESTROY - they hold nothing that outlives its connections
   */
  readonly removalPolicy?: RemovalPolicy

  /**
   * Whether the tables can be restored to any second of the last 35 days.
   *
   * @default false - a connection cannot be restored
   */
  readonly pointInTimeRecovery?: boolean
}
