import type { APIGatewayProxyWebsocketEventV2, APIGatewayProxyWebsocketHandlerV2 } from 'aws-lambda'
import { SUBPROTOCOL } from '../protocol/messages.ts'
import { connectionsTable, groupKey, membershipsTable } from './adapters/clients.ts'
import { functionMetrics } from './adapters/metrics.ts'
import { orFail } from './adapters/or-fail.ts'
import { newConnection, type Connection } from './core/connection.ts'
import type { Handshake } from './core/handshake.ts'
import { readSender } from './core/sender.ts'
import { offeredSubprotocols } from './core/subprotocol.ts'

const connections = connectionsTable()
const memberships = membershipsTable()
const groups = groupKey()
const metrics = functionMetrics()

/** API Gateway's type leaves out what only `$connect` has. */
type ConnectEvent = APIGatewayProxyWebsocketEventV2 & Handshake

/**
 * `$connect`: one write, or two where there are users, billed as three for the index. A failure refuses
 * the handshake with 502.
 */
export const handler: APIGatewayProxyWebsocketHandlerV2 = async (event: ConnectEvent) => {
  const { user, ...sender } = readSender(event.requestContext)
  const connection = newConnection(sender, Date.now())
  await orFail('connect_failed', connections.add(connection))
  if (user !== undefined) await orFail('connect_failed', addToUser(user, connection))
  metrics.add({ opened: 1 })
  metrics.flush()
  // A browser that offered subprotocols drops a connection whose answer names none.
  if (!offeredSubprotocols(event).includes(SUBPROTOCOL)) return { statusCode: 200 }
  return { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL } }
}

/**
 * After the connection itself: who posts to the user while this one is connecting finds it there, and
 * does not take it for one that has gone.
 */
async function addToUser(user: string, { connectionId, expiresAt }: Connection): Promise<void> {
  const group = groups.of({ user })
  await memberships.add({ group, connectionId, expiresAt })
}
