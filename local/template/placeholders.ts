import type { Account } from './account.ts'

/**
 * What stands for a resource that is left out, so that a developer who meets it in a variable or in
 * an error knows where it comes from.
 */
const MARK = 'ignored-'

/** `ignored-{logicalId}` */
export function placeholderRef(logicalId: string): string {
  return `${MARK}${logicalId}`
}

/** An ARN of the resource's own service for `Arn` and the like, else `ignored-{logicalId}-{attribute}`. */
export function placeholderAttribute(
  logicalId: string,
  type: string,
  attribute: string,
  account: Account,
): string {
  if (!/arn$/i.test(attribute)) return `${placeholderRef(logicalId)}-${attribute}`
  const [, service = 'custom'] = /^AWS::(\w+)::/.exec(type) ?? []
  return account.arn(service.toLowerCase(), placeholderRef(logicalId))
}

export function isPlaceholder(text: string): boolean {
  return (
    text.startsWith(MARK) ||
    (text.startsWith('arn:') && text.split(':')[5]?.startsWith(MARK) === true)
  )
}
