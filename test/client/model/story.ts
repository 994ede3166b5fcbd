import type { Effect, MachineEvent } from '../../../client/machine.ts'
import type { Act } from './script.ts'
import { START_MS } from './timeline.ts'

/** One thing that happened, on one line. */
export function line(
  nowMs: number,
  client: string,
  what: MachineEvent | Act,
  effects?: readonly Effect[],
): string {
  const happened = effects ? told(what) : `(${told(what)})`
  const done = effects?.map(told) ?? []
  return [`${clock(nowMs - START_MS)}  ${client}  ${happened}`, ...done].join('\n              → ')
}

/** Such as 1:02:03.456. */
function clock(milliseconds: number): string {
  const [, time = ''] = new Date(milliseconds).toISOString().split(/T|Z/)
  const days = Math.floor(milliseconds / 86_400_000)
  return days === 0 ? time : `${days}d ${time}`
}

function told(what: MachineEvent | Act | Effect): string {
  return Object.values(what)
    .map((value: unknown) => (value instanceof Error ? String(value) : flat(value)))
    .join(' ')
}

function flat(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
