import type { Template } from '../../local/assembly.ts'

/** One action that a statement of the template allows. */
export interface Permission {
  /** The role or the policy that holds the statement. */
  readonly logicalId: string
  readonly action: string
  readonly statement: number
}

interface Statement {
  readonly Effect: string
  Action: string | string[]
  Resource?: unknown
}

/** Every action of every statement that allows, those of the trust policies among them. */
export function permissionsOf(template: Template): Permission[] {
  return Object.keys(template.Resources).flatMap((logicalId) =>
    statementsOf(template, logicalId).flatMap(({ Effect, Action }, statement) =>
      [Action].flat().flatMap((action) => {
        return Effect === 'Allow' ? [{ logicalId, action, statement }] : []
      }),
    ),
  )
}

/** Takes one action out of its statement, and the statement out when it was the only one. */
export function withdraw(template: Template, permission: Permission): void {
  const statements = statementsOf(template, permission.logicalId)
  const found = statementOf(template, permission)
  const others = [found.Action].flat().filter((action) => action !== permission.action)
  if (others.length > 0) found.Action = others
  else statements.splice(permission.statement, 1)
}

/** Adds an action to the statement of a permission. */
export function widen(template: Template, permission: Permission, action: string): void {
  const found = statementOf(template, permission)
  found.Action = [found.Action, action].flat()
}

/**
 * Adds a statement beside that of a permission, with its action.
 *
 * @param resource by default the same
 */
export function addStatement(
  template: Template,
  permission: Permission,
  resource: unknown = statementOf(template, permission).Resource,
): void {
  statementsOf(template, permission.logicalId).push({
    Effect: 'Allow',
    Action: permission.action,
    Resource: resource,
  })
}

function statementOf(template: Template, { logicalId, statement }: Permission): Statement {
  const found = statementsOf(template, logicalId)[statement]
  if (!found) throw new Error(`${logicalId} has no statement ${statement}`)
  return found
}

/** The statements of a role's trust policy or of a policy, as they stand in the template. */
function statementsOf(template: Template, logicalId: string): Statement[] {
  const properties = template.Resources[logicalId]?.Properties ?? {}
  const document = properties['AssumeRolePolicyDocument'] ?? properties['PolicyDocument']
  if (typeof document !== 'object' || document === null || !('Statement' in document)) return []
  return isList(document.Statement) ? document.Statement : []
}

function isList(value: unknown): value is Statement[] {
  return Array.isArray(value)
}
