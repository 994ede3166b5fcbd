import type { APIGatewayProxyWebsocketEventV2, APIGatewayProxyWebsocketHandlerV2 } from 'aws-lambda'
import { SUBPROTOCOL } from '../protocol/messages.ts'
import { connectionsTable } from './adapters/clients.ts'
import { functionMetrics } from './adapters/metrics.ts'
import { orFail } from './adapters/or-fail.ts'
import { newConnection } from './core/connection.ts'
import type { Handshake } from './core/handshake.ts'
import { readSender } from './core/sender.ts'
import { offeredSubprotocols } from './core/subprotocol.ts'

const connections = connectionsTable()
const metrics = functionMetrics()

/** API Gateway's type leaves out what only `$connect` has. */
type ConnectEvent = APIGatewayProxyWebsocketEventV2 & Handshake

/** `$connect`: one write. A failure refuses the handshake with 502. */
export const handler: APIGatewayProxyWebsocketHandlerV2 = async (event: ConnectEvent) => {
  const connection = newConnection(readSender(event.requestContext), Date.now())
  await orFail('connect_failed', connections.add(connection))
  metrics.add({ opened: 1 })
  metrics.flush()
  // A browser that offered subprotocols drops a connection whose answer names none.
  if (!offeredSubprotocols(event).includes(SUBPROTOCOL)) return { statusCode: 200 }
  return { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL } }
}
