import { carryOutRoom } from './core/rooms.ts'
import { messageHandler } from './message-handler.ts'

/** The routes `join`, `leave` and `members`. */
export const handler = messageHandler((command, sender, _deadlineMs, deps) =>
  carryOutRoom(command, sender, deps),
)
