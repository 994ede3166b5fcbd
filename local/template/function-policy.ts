import { parseCondition, type Condition } from '../access/conditions.ts'
import type { ResourceStatement } from '../access/resource-policy.ts'
import type { Account } from './account.ts'
import { isPermissionFor, type InvokePermission } from './lambda.ts'

const ACCOUNT_ID = /^\d{12}$/

/**
 * What a function's permissions say of who calls in a name of its own: everybody, a role, an account.
 * Services are none of them, and neither is who has to come from a certain source.
 */
export function functionPolicy(
  functionArn: string,
  permissions: readonly InvokePermission[],
  account: Account,
): ResourceStatement[] {
  return permissions
    .filter((permission) => isPermissionFor(permission, functionArn))
    .filter(({ principal, sourceArn }) => sourceArn === undefined && !isService(principal))
    .map((permission) => ({
      statement: {
        effect: 'Allow',
        actions: [permission.action],
        resources: ['*'],
        conditions: conditionsOf(permission),
      },
      principals: [principalArn(permission.principal, account)],
    }))
}

function isService(principal: string): boolean {
  return /\.amazonaws\.com(\.cn)?$/.test(principal)
}

function principalArn(principal: string, { partition }: Account): string {
  return ACCOUNT_ID.test(principal) ? `arn:${partition}:iam::${principal}:root` : principal
}

function conditionsOf({ functionUrlAuthType, onlyByUrl }: InvokePermission): Condition[] {
  return [
    functionUrlAuthType &&
      parseCondition('StringEquals', 'lambda:FunctionUrlAuthType', [functionUrlAuthType]),
    onlyByUrl ? parseCondition('Bool', 'lambda:InvokedViaFunctionUrl', ['true']) : undefined,
  ].filter((condition) => condition !== undefined)
}
