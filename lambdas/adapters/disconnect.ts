import {
  DeleteConnectionCommand,
  type ApiGatewayManagementApiClient,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { readAwsError } from './aws-error.ts'
import { classify } from './management-api.ts'
import { report } from './report.ts'

/** Closes a connection. Never rejects: who is gone is gone, and any other failure is logged. */
export async function disconnect(
  client: ApiGatewayManagementApiClient,
  connectionId: string,
): Promise<void> {
  try {
    await client.send(new DeleteConnectionCommand({ ConnectionId: connectionId }))
  } catch (error) {
    const refusal = readAwsError(error)
    if (refusal && classify(refusal) === 'gone') return
    report('close_failed', error)
  }
}
