import { hash } from 'node:crypto'
import type { APIGatewayProxyWebsocketHandlerV2 } from 'aws-lambda'
import { ENVIRONMENT } from '../lib/environment.ts'
import type { ServerMessage } from '../protocol/messages.ts'
import { managementClient } from './adapters/clients.ts'
import { Delivery } from './adapters/delivery.ts'
import { disconnect } from './adapters/disconnect.ts'
import { isSet, numberFrom, optionalTextFrom } from './adapters/environment.ts'
import { lazy } from './adapters/lazy.ts'
import { onMessage, type MessageDeps } from './core/on-message.ts'
import type { RateLimit } from './core/rate-limit.ts'
import type { RoomDeps } from './core/rooms.ts'
import type { Command } from './core/schema.ts'
import type { SendMessageDeps } from './core/send-message.ts'
import { readSender, type Sender } from './core/sender.ts'

/** What a function does about a command: see `MessageDeps.carryOut`. */
type CarryOut = (
  command: Command,
  sender: Sender,
  deadlineMs: number,
  deps: SendMessageDeps & RoomDeps,
) => Promise<ServerMessage>

/**
 * The handler of a two-way route. Its reply is the route response, which costs no @connections
 * call. The status is always 200: what API Gateway does with another one here is not documented.
 */
export function messageHandler(carryOut: CarryOut): APIGatewayProxyWebsocketHandlerV2 {
  const deps = new MessageDelivery(carryOut)
  return async (event, context) => {
    const sender = readSender(event.requestContext)
    const reply = await onMessage(event.body ?? '', sender, deps.deadlineOf(context), deps)
    deps.endInvocation()
    return { statusCode: 200, ...(reply && { body: JSON.stringify(reply) }) }
  }
}

class MessageDelivery extends Delivery implements MessageDeps, SendMessageDeps, RoomDeps {
  readonly inlineLimit = numberFrom(ENVIRONMENT.inlineLimit)
  readonly rateLimit = rateLimitFrom(
    numberFrom(ENVIRONMENT.messagesPerSecond),
    numberFrom(ENVIRONMENT.messageBurst),
  )
  readonly turns = this.connections
  readonly hasUsers = isSet(ENVIRONMENT.hasUsers)
  readonly roomsAreListed = optionalTextFrom(ENVIRONMENT.roomsClaim) !== undefined
  readonly #managementClient = lazy(managementClient())
  readonly #carryOut: CarryOut

  constructor(carryOut: CarryOut) {
    super()
    this.#carryOut = carryOut
  }

  carryOut(command: Command, sender: Sender, deadlineMs: number): Promise<ServerMessage> {
    return this.#carryOut(command, sender, deadlineMs, this)
  }

  disconnect(connectionId: string): Promise<void> {
    return disconnect(this.#managementClient(), connectionId)
  }

  sha256(text: string): string {
    return hash('sha256', text)
  }
}

function rateLimitFrom(messagesPerSecond: number, burst: number): RateLimit | undefined {
  return messagesPerSecond === 0 ? undefined : { messagesPerSecond, burst }
}
