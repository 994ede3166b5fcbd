import { MachineClient } from '../simulation/machine-client.ts'
import type { ClientKind } from './client-kind.ts'

/** This project's: what it does is decided by `client/` itself, not by a copy of its formula. */
export const SWITCHBOARD: ClientKind = {
  name: 'switchboard',
  formula: 'random · min(30 s, 1 s · 2ⁿ)',
  source: 'client/state.ts',
  join: ({ queue, random, attempt, roundTripMs, back, giveUp }) => {
    const client = new MachineClient({
      queue,
      random,
      open: attempt,
      roundTripMs,
      onState: (state) => {
        if (state === 'open') back()
        if (state === 'closed') giveUp()
      },
    })
    client.connect()
    return () => client.drop()
  },
}
