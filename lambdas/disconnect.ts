import type { APIGatewayProxyWebsocketHandlerV2 } from 'aws-lambda'
import { connectionsTable } from './adapters/clients.ts'
import { functionMetrics } from './adapters/metrics.ts'
import { orFail } from './adapters/or-fail.ts'

const connections = connectionsTable()
const metrics = functionMetrics()

/** `$disconnect`: one delete. It may never come, so broadcasts and the TTL clean up as well. */
export const handler: APIGatewayProxyWebsocketHandlerV2 = async (event) => {
  await orFail('disconnect_failed', connections.remove(event.requestContext.connectionId))
  metrics.add({ closed: 1 })
  metrics.flush()
  return { statusCode: 200 }
}
