import { SwitchboardError, type MembersPage, type Receipt } from '../client/index.ts'
import { describeCounts } from './frame.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** More would bury the card that they stand in. */
const MAX_NAMED_MEMBERS = 12

/** `8 s`, `3 min 8 s`, `2 h 10 min`: never more than two units. */
export function formatDuration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds)
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s`
  if (ms < HOUR_MS)
    return units(Math.floor(ms / MINUTE_MS), 'min', (ms % MINUTE_MS) / SECOND_MS, 's')
  return units(Math.floor(ms / HOUR_MS), 'h', (ms % HOUR_MS) / MINUTE_MS, 'min')
}

function units(large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor(small)
  return rest === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${rest} ${smallUnit}`
}

/** `14:05:09`, by the machine's own time zone. */
export function formatTime(timeMs: number): string {
  return new Date(timeMs).toLocaleTimeString('en-GB')
}

export function describeReceipt(receipt: Receipt): string {
  if (receipt.queued === true) return 'Queued: the delivery goes on.'
  return `${describeCounts(receipt.sent, receipt.gone, receipt.failed)}.`
}

/** `client 1, client 2, 1 more`: those first of whom there is a name. */
export function describeMembers(page: MembersPage, nameOf: (id: string) => string): string {
  const { connectionIds, next } = page
  const known = connectionIds.filter((id) => nameOf(id) !== id).map(nameOf)
  const others = connectionIds.filter((id) => nameOf(id) === id)
  const named = [...known.toSorted(), ...others].slice(0, MAX_NAMED_MEMBERS)
  const rest = connectionIds.length - named.length
  if (next !== undefined) named.push(`more than ${rest} more`)
  else if (rest > 0) named.push(`${rest} more`)
  return named.length === 0 ? 'nobody' : named.join(', ')
}

/** With its code, when it has one. */
export function describeError(error: unknown): string {
  if (error instanceof SwitchboardError) return `${error.code}: ${error.message}`
  return error instanceof Error ? error.message : String(error)
}
