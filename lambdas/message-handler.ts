import { hash, randomUUID } from 'node:crypto'
import type { APIGatewayProxyWebsocketHandlerV2 } from 'aws-lambda'
import { ENVIRONMENT } from '../lib/environment.ts'
import { managementClient } from './adapters/clients.ts'
import { Delivery } from './adapters/delivery.ts'
import { disconnect } from './adapters/disconnect.ts'
import { numberFrom } from './adapters/environment.ts'
import { lazy } from './adapters/lazy.ts'
import { onMessage, type MessageDeps } from './core/on-message.ts'
import type { RateLimit } from './core/rate-limit.ts'
import { readSender } from './core/sender.ts'

/**
 * The handler of a two-way route. Its reply is the route response, which costs no @connections
 * call. The status is always 200: what API Gateway does with another one here is not documented.
 */
export function messageHandler(): APIGatewayProxyWebsocketHandlerV2 {
  const deps = new MessageDelivery()
  return async (event, context) => {
    const sender = readSender(event.requestContext)
    const reply = await onMessage(event.body ?? '', sender, deps.deadlineOf(context), deps)
    deps.endInvocation()
    return { statusCode: 200, ...(reply && { body: JSON.stringify(reply) }) }
  }
}

class MessageDelivery extends Delivery implements MessageDeps {
  readonly inlineLimit = numberFrom(ENVIRONMENT.inlineLimit)
  readonly rateLimit = rateLimitFrom(
    numberFrom(ENVIRONMENT.messagesPerSecond),
    numberFrom(ENVIRONMENT.messageBurst),
  )
  readonly turns = this.connections
  readonly #managementClient = lazy(managementClient())

  disconnect(connectionId: string): Promise<void> {
    return disconnect(this.#managementClient(), connectionId)
  }

  newMessageId(): string {
    return randomUUID()
  }

  sha256(text: string): string {
    return hash('sha256', text)
  }
}

function rateLimitFrom(messagesPerSecond: number, burst: number): RateLimit | undefined {
  return messagesPerSecond === 0 ? undefined : { messagesPerSecond, burst }
}
