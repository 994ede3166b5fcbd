import { carryOutSend } from './core/send-message.ts'
import { messageHandler } from './message-handler.ts'

/** The route `sendmessage`: to everyone, to a room, to a user or to one connection. */
export const handler = messageHandler(carryOutSend)
