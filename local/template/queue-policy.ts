import * as v from 'valibot'
import type { ResourceStatement } from '../access/resource-policy.ts'
import { UnsupportedError } from '../errors.ts'
import type { Account } from './account.ts'
import {
  EITHER_ACTION,
  EITHER_RESOURCE,
  hasEitherAction,
  hasEitherResource,
  oneOrMore,
  documentOf,
  statementEntries,
  toStatement,
} from './iam.ts'
import { readProperties } from './properties.ts'
import type { Resource } from './resolve-template.ts'

/** The policy of some queues, by their URLs. */
export interface QueuePolicy {
  readonly queueUrls: readonly string[]
  readonly statements: readonly ResourceStatement[]
  /** Where in the template it stands, for messages. */
  readonly path: string
}

const statementSchema = v.pipe(
  v.strictObject({
    ...statementEntries,
    Principal: v.union([
      v.literal('*'),
      v.strictObject({ AWS: v.optional(oneOrMore, []), Service: v.optional(oneOrMore, []) }),
    ]),
  }),
  v.forward(
    v.check((statement) => hasEitherAction(statement), EITHER_ACTION),
    ['Action'],
  ),
  v.forward(
    v.check((statement) => hasEitherResource(statement), EITHER_RESOURCE),
    ['Resource'],
  ),
)

/** A service never calls here in its own name: a function is polled for with its role. */
const forServicesSchema = v.pipe(
  v.looseObject({ Principal: v.strictObject({ Service: v.unknown() }) }),
  v.transform(() => undefined),
)

const policySchema = v.strictObject({
  Queues: v.array(v.string()),
  // Whatever the conditions for a service are, such as the topic of SNS that may send.
  PolicyDocument: documentOf(
    v.lazy((statement) => {
      return v.is(forServicesSchema, statement) ? forServicesSchema : statementSchema
    }),
  ),
})

const ACCOUNT_ID = /^\d{12}$/

/** Reads an AWS::SQS::QueuePolicy. */
export function readQueuePolicy(resource: Resource, account: Account): QueuePolicy {
  const { Queues, PolicyDocument } = readProperties(resource, policySchema)
  return {
    queueUrls: Queues,
    statements: PolicyDocument.Statement.filter((one) => one !== undefined).map(
      ({ Principal, ...statement }) => ({
        statement: toStatement(statement),
        principals: (Principal === '*' ? ['*'] : Principal.AWS).map((principal) =>
          ACCOUNT_ID.test(principal)
            ? `arn:${account.partition}:iam::${principal}:root`
            : principal,
        ),
      }),
    ),
    path: resource.path,
  }
}

/**
 * The statements on one queue.
 *
 * @throws UnsupportedError when it has several policies: AWS would keep the last
 */
export function policyOf(
  queueUrl: string,
  policies: readonly QueuePolicy[],
): readonly ResourceStatement[] {
  const [policy, other] = policies.filter(({ queueUrls }) => queueUrls.includes(queueUrl))
  if (other) throw new UnsupportedError(other.path, `${queueUrl} has another policy already`)
  return policy?.statements ?? []
}
