import { matches } from '../../local/access/patterns.ts'
import { roleArnOf } from '../../local/access/request-context.ts'
import type { Statement } from '../../local/access/policy.ts'
import type { RoleDefinition } from '../../local/template/iam.ts'
import type { TraceEntry } from '../../local/index.ts'

type Call = Extract<TraceEntry, { kind: 'call' }>

/** One action on one resource that a role's statement allows, or the service that may assume it. */
interface Grant {
  /** A role's ARN, or the name of a service. */
  readonly caller: string
  readonly action: string
  /** May hold the wildcards `*` and `?`. */
  readonly resource: string
  readonly roleName: string
}

/** What a run shows of the roles it ran with. Both are empty for roles that fit. */
export interface PermissionUse {
  /** What somebody called and might not. */
  readonly missing: string[]
  /** What could be taken away: every call would still be allowed. */
  readonly unused: string[]
}

/**
 * Holds the calls of a run against the roles. A grant is used when it allows a call that no other
 * grant allows: a statement that stands there twice is unused twice. An action with a wildcard is
 * never used, because it is more than anybody calls.
 */
export function permissionUse(
  roles: Iterable<RoleDefinition>,
  calls: readonly Call[],
): PermissionUse {
  const grants = [...roles].flatMap(grantsOf)
  const needed = new Set<Grant>()
  // Each kind of call once: there are as many as there are recipients.
  const allowed = new Map(
    calls.filter((call) => call.allowed).map((call) => [nameOf(call), call] as const),
  )
  for (const [, call] of allowed) {
    const [grant, ...others] = grants.filter((candidate) => covers(candidate, call))
    if (grant && others.length === 0) needed.add(grant)
  }
  return {
    missing: [...new Set(calls.filter((call) => !call.allowed).map(nameOf))],
    unused: grants
      .filter((grant) => !needed.has(grant))
      .map(({ roleName, action, resource }) => `${roleName}: ${action} on ${resource}`),
  }
}

function grantsOf({ roleName, roleArn, trustedServices, statements }: RoleDefinition): Grant[] {
  const assume = trustedServices.map((caller) => {
    return { caller, action: 'sts:AssumeRole', resource: roleArn, roleName }
  })
  const grants = statements.flatMap(({ effect, actions, resources, notResources }: Statement) =>
    effect === 'Deny'
      ? []
      : actions.flatMap((action) =>
          resources.map((pattern) => {
            // "All but these" is never just what is needed.
            const resource = notResources ? `all but ${notResources.join()}` : pattern
            return { caller: roleArn, action, resource, roleName }
          }),
        ),
  )
  return [...assume, ...grants]
}

function covers({ caller, action, resource }: Grant, call: Call): boolean {
  return (
    caller === roleArnOf(call.principalArn) &&
    action.toLowerCase() === call.action.toLowerCase() &&
    matches(resource, call.resource)
  )
}

/** Without what is new in every run. */
function nameOf({ principalArn, action, resource }: Call): string {
  const what = resource.replace(/(:log-stream:|\/@connections\/).*/, '$1…')
  return `${roleArnOf(principalArn).split('/').at(-1)}: ${action} on ${what}`
}
