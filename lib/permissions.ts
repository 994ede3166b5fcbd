import { Stack } from 'aws-cdk-lib'
import type { WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'

/** Push to a connection, or close it. There is a third, GET, which shows a client's IP address. */
export type ConnectionsMethod = 'POST' | 'DELETE'

/** Lets it do one thing with this stage's connections. CDK's own grant allows all three. */
export function grantConnections(
  stage: WebSocketStage,
  grantee: IGrantable,
  method: ConnectionsMethod,
): Grant {
  return Grant.addToPrincipal({
    grantee,
    actions: ['execute-api:ManageConnections'],
    resourceArns: [
      Stack.of(stage).formatArn({
        service: 'execute-api',
        resource: stage.api.apiId,
        resourceName: `${stage.stageName}/${method}/@connections/*`,
      }),
    ],
  })
}
