import { rounded } from '../statistics.ts'
import type { Herd, Outage } from './simulate.ts'

/** What is to be said of a herd. */
export interface Measures {
  readonly peakPerSecond: number
  readonly peakPerSecondOverall: number
  readonly secondsTo99: number | null
  readonly attemptsPerClient: number
  readonly gaveUp: number
}

export const DEFINITIONS: Readonly<Record<keyof Measures, string>> = {
  peakPerSecond: 'most tries to connect that begin in one second, once the door is open again',
  peakPerSecondOverall: 'the same over all seconds, those just after the loss among them',
  secondsTo99: 'from the opening of the door until 99 of 100 clients are back; null: never',
  attemptsPerClient: 'tries to connect, the one that succeeds too; mean',
  gaveUp: 'clients that do not try again by themselves',
}

/** Those that come last are chance. */
const ALMOST_ALL = 0.99

export function measure(herd: Herd, { clients, outageSeconds }: Outage): Measures {
  const { attemptsPerSecond, backAtSeconds, gaveUp } = herd
  const almostAllAt = backAtSeconds[Math.ceil(clients * ALMOST_ALL) - 1]
  const attempts = attemptsPerSecond.reduce((sum, inASecond) => sum + inASecond, 0)
  return {
    peakPerSecond: Math.max(0, ...attemptsPerSecond.slice(outageSeconds)),
    peakPerSecondOverall: Math.max(0, ...attemptsPerSecond),
    secondsTo99: almostAllAt === undefined ? null : rounded(almostAllAt - outageSeconds, 1),
    attemptsPerClient: rounded(attempts / clients, 1),
    gaveUp,
  }
}
