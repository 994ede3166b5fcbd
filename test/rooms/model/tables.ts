import type { Local } from '../../../local/index.ts'

/** What a table says of a connection in a group. */
export interface Membership {
  readonly isAnnounced: boolean
  /** Seconds since 1970. */
  readonly expiresAt: number
}

/** What both tables hold. */
export interface Tables {
  /** When each connection expires, in seconds since 1970. */
  readonly connections: ReadonlyMap<string, number>
  /** By group, and in it by connectionId. */
  readonly groups: ReadonlyMap<string, ReadonlyMap<string, Membership>>
  /** All of it, as it stands there. */
  readonly dump: string
}

/** Reads them past permissions and faults. */
export async function readTables(local: Local): Promise<Tables> {
  const items = (await local.storedItems()).map(({ item }) => item)
  const connections = new Map<string, number>()
  const groups = new Map<string, Map<string, Membership>>()
  for (const item of items) {
    const connectionId = value(item['connectionId'])
    const expiresAt = Number(value(item['expiresAt']))
    const group = value(item['group'])
    if (group === '') connections.set(connectionId, expiresAt)
    else {
      const members = groups.get(group) ?? new Map<string, Membership>()
      members.set(connectionId, { isAnnounced: Object.hasOwn(item, 'announcement'), expiresAt })
      groups.set(group, members)
    }
  }
  return { connections, groups, dump: JSON.stringify(items) }
}

/** Of an attribute as DynamoDB's API has it, such as `{ S: 'text' }`; empty when there is none. */
function value(attribute: unknown): string {
  return typeof attribute === 'object' && attribute !== null
    ? String(Object.values(attribute)[0])
    : ''
}
