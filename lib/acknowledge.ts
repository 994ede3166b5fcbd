import { Stack, Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/**
 * Says of a rule of cdk-nag why it does not hold for this resource, for apps that are checked with it.
 *
 * @param rule its id; for a rule with several findings, with the one in brackets
 */
export function acknowledge(resource: IConstruct, rule: string, reason: string): void {
  Validations.of(resource).acknowledge({ id: rule, reason })
}

/** A value with references in it as cdk-nag names it in a finding: `<Resource.Attribute>`. */
export function findingText(scope: IConstruct, value: string): string {
  return flatten(Stack.of(scope).resolve(value))
}

function flatten(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if ('Ref' in value) return `<${flatten(value.Ref)}>`
  if ('Fn::GetAtt' in value) return `<${items(value['Fn::GetAtt']).map(flatten).join('.')}>`
  if (!('Fn::Join' in value)) return JSON.stringify(value)
  const [separator, parts] = items(value['Fn::Join'])
  return items(parts).map(flatten).join(flatten(separator))
}

function items(value: unknown): unknown[] {
  return Array.isArray(value) ? value.map((item: unknown) => item) : [value]
}
