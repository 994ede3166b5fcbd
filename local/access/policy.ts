import { expand, holds, type Condition, type RequestContext } from './conditions.ts'
import { matches } from './patterns.ts'

/** A statement of an IAM policy. Actions and resources may hold the wildcards `*` and `?`. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly string[]
  /** Those among the actions that it is not about: `NotAction`, beside all actions. */
  readonly notActions?: readonly string[] | undefined
  readonly resources: readonly string[]
  /** Those among the resources that it is not about: `NotResource`, beside all resources. */
  readonly notResources?: readonly string[] | undefined
  /** All of them must hold. */
  readonly conditions?: readonly Condition[] | undefined
}

/** `implicitDeny`: nothing allows it. `explicitDeny`: a Deny wins over whatever allows it. */
export type Decision = 'allow' | 'implicitDeny' | 'explicitDeny'

const UNKNOWN_CALL: RequestContext = new Map()

/** Judges an action on a resource as IAM does, for identity policies. */
export function decide(
  statements: readonly Statement[],
  action: string,
  resource: string,
  context: RequestContext = UNKNOWN_CALL,
): Decision {
  const applying = statements.filter((statement) => {
    const { actions, notActions = [], resources, notResources = [], conditions = [] } = statement
    const isAction = (pattern: string) => {
      // Actions have no case, resources do.
      return matches(pattern.toLowerCase(), action.toLowerCase())
    }
    const isResource = (pattern: string) => matches(expand(pattern, context), resource)
    return (
      actions.some(isAction) &&
      !notActions.some(isAction) &&
      resources.some(isResource) &&
      !notResources.some(isResource) &&
      conditions.every((condition) => holds(condition, context))
    )
  })
  if (applying.some(({ effect }) => effect === 'Deny')) return 'explicitDeny'
  return applying.length > 0 ? 'allow' : 'implicitDeny'
}
