import { messageHandler } from './message-handler.ts'

/** The route `sendmessage`: to everyone, or to one connection. */
export const handler = messageHandler()
