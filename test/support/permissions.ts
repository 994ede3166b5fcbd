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
export function withdraw(template: Template, { logicalId, action, statement }: Permission): void {
  const statements = statementsOf(template, logicalId)
  const found = statements[statement]
  if (!found) throw new Error(`${logicalId} has no statement ${statement}`)
  const others = [found.Action].flat().filter((other) => other !== action)
  if (others.length > 0) found.Action = others
  else statements.splice(statement, 1)
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
