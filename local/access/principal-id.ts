import { createHash } from 'node:crypto'

/** IAM's id for who calls: of a role and its session, or of a user. */
export function principalIdOf(arn: string): string {
  const [kind, name = '', sessionName] = (arn.split(':').at(-1) ?? '').split('/')
  const id = createHash('sha256').update(name).digest('hex').slice(0, 17).toUpperCase()
  return kind === 'user' ? `AIDA${id}` : `AROA${id}:${sessionName ?? ''}`
}
