import type { APIGatewayProxyWebsocketHandlerV2 } from 'aws-lambda'
import { connectionsTable, deliveryQueue, membershipsTable } from './adapters/clients.ts'
import { functionMetrics } from './adapters/metrics.ts'
import { orFail } from './adapters/or-fail.ts'
import { leaveAll, type LeavingDeps } from './core/leaving.ts'

const connections = connectionsTable()
const metrics = functionMetrics()
const deps: LeavingDeps = {
  memberships: membershipsTable(),
  queue: deliveryQueue(),
  now: () => Date.now(),
}

/**
 * `$disconnect`: one delete, and one for each room and user it was in. It may never come, so
 * deliveries and the TTL clean up as well.
 */
export const handler: APIGatewayProxyWebsocketHandlerV2 = async (event) => {
  const { connectionId } = event.requestContext
  await orFail('disconnect_failed', connections.remove(connectionId))
  await orFail('disconnect_failed', leaveAll(connectionId, deps))
  metrics.add({ closed: 1 })
  metrics.flush()
  return { statusCode: 200 }
}
