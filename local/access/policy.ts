/** A statement of an IAM policy. Actions and resources may hold the wildcards `*` and `?`. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly string[]
  readonly resources: readonly string[]
}

/** `implicitDeny`: nothing allows it. `explicitDeny`: a Deny wins over whatever allows it. */
export type Decision = 'allow' | 'implicitDeny' | 'explicitDeny'

/** Judges an action on a resource as IAM does, for identity policies without conditions. */
export function decide(
  statements: readonly Statement[],
  action: string,
  resource: string,
): Decision {
  const applying = statements.filter(
    ({ actions, resources }) =>
      // Actions have no case, resources do.
      actions.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
      resources.some((pattern) => matches(pattern, resource)),
  )
  if (applying.some(({ effect }) => effect === 'Deny')) return 'explicitDeny'
  return applying.length > 0 ? 'allow' : 'implicitDeny'
}

/** Whether a text fits a pattern, in which `*` stands for any characters and `?` for one. */
export function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}
