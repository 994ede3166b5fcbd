import { Stack } from 'aws-cdk-lib'
import type { WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2'
import { Grant } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { acknowledge, findingText } from './acknowledge.ts'

/** Push to a connection, or close it. There is a third, GET, which shows a client's IP address. */
export type ConnectionsMethod = 'POST' | 'DELETE'

/** Why it may do so with any of them. */
const REASONS: Readonly<Record<ConnectionsMethod, string>> = {
  POST: 'Connections come and go: all of this stage, to post to alone.',
  DELETE: 'Connections come and go: all of this stage, to close alone.',
}

/** Lets it do one thing with this stage's connections. CDK's own grant allows all three. */
export function grantConnections(
  stage: WebSocketStage,
  handler: IFunction,
  method: ConnectionsMethod,
): Grant {
  const connections = Stack.of(stage).formatArn({
    service: 'execute-api',
    resource: stage.api.apiId,
    resourceName: `${stage.stageName}/${method}/@connections/*`,
  })
  const grant = Grant.addToPrincipal({
    grantee: handler,
    actions: ['execute-api:ManageConnections'],
    resourceArns: [connections],
  })
  const policy = handler.role?.node.tryFindChild('DefaultPolicy')
  if (policy) {
    const finding = `AwsSolutions-IAM5[Resource::${findingText(handler, connections)}]`
    acknowledge(policy, finding, REASONS[method])
  }
  return grant
}
