import { Stack } from 'aws-cdk-lib'
import {
  CfnIntegration,
  type WebSocketApi,
  type WebSocketStage,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { Route } from './route.ts'

export interface LambdaRouteProps {
  readonly api: WebSocketApi
  readonly stage: WebSocketStage
  readonly routeKey: string
  readonly handler: IFunction
  /**
   * Whether what the function returns as `body` goes to the caller.
   *
   * @default false
   */
  readonly twoWay?: boolean
}

/** A route that a Lambda serves, and that function's leave to be invoked by this route alone. */
export class LambdaRoute extends Construct {
  constructor(scope: Construct, id: string, props: LambdaRouteProps) {
    super(scope, id)
    const { api, stage, routeKey, handler } = props
    const stack = Stack.of(this)
    // CDK's WebSocketLambdaIntegration would let every stage invoke.
    new CfnPermission(this, 'Permission', {
      action: 'lambda:InvokeFunction',
      functionName: handler.functionArn,
      principal: 'apigateway.amazonaws.com',
      sourceArn: stack.formatArn({
        service: 'execute-api',
        resource: api.apiId,
        resourceName: `${stage.stageName}/${routeKey}`,
      }),
    })
    const integration = new CfnIntegration(this, 'Integration', {
      apiId: api.apiId,
      integrationType: 'AWS_PROXY',
      integrationUri: stack.formatArn({
        service: 'apigateway',
        account: 'lambda',
        resource: 'path/2015-03-31/functions',
        resourceName: `${handler.functionArn}/invocations`,
      }),
    })
    new Route(this, 'Route', { api, routeKey, integration, twoWay: props.twoWay ?? false })
  }
}
