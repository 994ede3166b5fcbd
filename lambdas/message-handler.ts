import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { APIGatewayProxyWebsocketHandlerV2 } from 'aws-lambda'
import { connectionsTable, managementApi } from './adapters/clients.ts'
import { report } from './adapters/report.ts'
import { onMessage, type MessageDeps } from './core/on-message.ts'

/**
 * The handler of a two-way route. Its reply is the route response, which costs no @connections
 * call. The status is always 200: what API Gateway does with another one here is not documented.
 */
export function messageHandler(): APIGatewayProxyWebsocketHandlerV2 {
  const api = managementApi()
  const deps: MessageDeps = {
    connections: connectionsTable(),
    post: (connectionId, frame) => api.post(connectionId, frame),
    newMessageId: () => randomUUID(),
    now: () => Date.now(),
    sleep: async (milliseconds) => {
      await sleep(milliseconds)
    },
    report,
  }
  return async (event) => {
    const reply = await onMessage(event.body ?? '', event.requestContext.connectionId, deps)
    api.reportFailures()
    return { statusCode: 200, body: JSON.stringify(reply) }
  }
}
