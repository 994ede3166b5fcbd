import type { Statement } from './policy.ts'
import { roleArnOf } from './request-context.ts'

/** A statement of a policy that hangs on a resource, such as a queue, and so names who it is for. */
export interface ResourceStatement {
  readonly statement: Statement
  /** `*`, or ARNs of roles, sessions and users, or of the account's root. */
  readonly principals: readonly string[]
}

const ROOT = /^arn:[^:]+:iam::\d+:root$/

/** The statements that are for this caller, who is of the resource's own account. */
export function statementsFor(
  callerArn: string,
  statements: readonly ResourceStatement[],
): Statement[] {
  return statements
    .filter(({ statement, principals }) =>
      principals.some((principal) => isFor(principal, callerArn, statement.effect)),
    )
    .map(({ statement }) => statement)
}

function isFor(principal: string, callerArn: string, effect: Statement['effect']): boolean {
  if (principal === '*') return true
  // To allow the account is to leave it to the account's own policies; to deny it, to deny all.
  if (ROOT.test(principal)) return effect === 'Deny' && sameAccount(principal, callerArn)
  return principal === callerArn || principal === roleArnOf(callerArn)
}

function sameAccount(rootArn: string, callerArn: string): boolean {
  return rootArn.split(':')[4] === callerArn.split(':')[4]
}
