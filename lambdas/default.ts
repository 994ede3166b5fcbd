import { carryOutSend } from './core/send-message.ts'
import { messageHandler } from './message-handler.ts'

/** The route `$default`: the text forms, and a typed error for whatever else no route takes. */
export const handler = messageHandler(carryOutSend)
