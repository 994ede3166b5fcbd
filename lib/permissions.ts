import { Stack } from 'aws-cdk-lib'
import type { WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'

/**
 * Lets it push to this stage's connections. CDK's own grant adds GET, which shows a client's IP
 * address, and DELETE.
 */
export function grantPostToConnections(stage: WebSocketStage, grantee: IGrantable): Grant {
  return Grant.addToPrincipal({
    grantee,
    actions: ['execute-api:ManageConnections'],
    resourceArns: [
      Stack.of(stage).formatArn({
        service: 'execute-api',
        resource: stage.api.apiId,
        resourceName: `${stage.stageName}/POST/@connections/*`,
      }),
    ],
  })
}
