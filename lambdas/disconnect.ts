import type { APIGatewayProxyWebsocketHandlerV2 } from 'aws-lambda'
import { connectionsTable } from './adapters/clients.ts'

const connections = connectionsTable()

/** `$disconnect`: one delete. It may never come, so broadcasts and the TTL clean up as well. */
export const handler: APIGatewayProxyWebsocketHandlerV2 = async (event) => {
  await connections.remove(event.requestContext.connectionId)
  return { statusCode: 200 }
}
