import type { Dice } from './dice.ts'
import type { HostileLine } from './hostile-line.ts'

/** How a line ends that need not wait for anything: half-open clients among them. */
export function ending(dice: Dice): Pick<HostileLine, 'ending' | 'reads' | 'lingerMs'> {
  const chosen = dice.below(100)
  return {
    ending: chosen < 2 ? 'silence' : chosen < 50 ? 'reset' : 'fin',
    reads: dice.chance(0.8),
    lingerMs: dice.below(10),
  }
}
