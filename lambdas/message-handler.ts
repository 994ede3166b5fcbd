import { randomUUID } from 'node:crypto'
import type { APIGatewayProxyWebsocketHandlerV2 } from 'aws-lambda'
import { ENVIRONMENT } from '../lib/environment.ts'
import { Delivery } from './adapters/delivery.ts'
import { numberFrom } from './adapters/environment.ts'
import { onMessage, type MessageDeps } from './core/on-message.ts'

/**
 * The handler of a two-way route. Its reply is the route response, which costs no @connections
 * call. The status is always 200: what API Gateway does with another one here is not documented.
 */
export function messageHandler(): APIGatewayProxyWebsocketHandlerV2 {
  const deps = new MessageDelivery()
  return async (event, context) => {
    const { connectionId } = event.requestContext
    const reply = await onMessage(event.body ?? '', connectionId, deps.deadlineOf(context), deps)
    deps.endInvocation()
    return { statusCode: 200, body: JSON.stringify(reply) }
  }
}

class MessageDelivery extends Delivery implements MessageDeps {
  readonly inlineLimit = numberFrom(ENVIRONMENT.inlineLimit)

  newMessageId(): string {
    return randomUUID()
  }
}
