import {
  type CfnAuthorizer,
  CfnIntegration,
  type WebSocketApi,
  type WebSocketStage,
} from 'aws-cdk-lib/aws-apigatewayv2'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { allowInvocation, invocationUri } from './invocation.ts'
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
  /**
   * Who is asked first; only `$connect` may have one.
   *
   * @default - nobody
   */
  readonly authorizer?: CfnAuthorizer | undefined
}

/** A route that a Lambda serves, and that function's leave to be invoked by this route alone. */
export class LambdaRoute extends Construct {
  constructor(scope: Construct, id: string, props: LambdaRouteProps) {
    super(scope, id)
    const { api, stage, routeKey, handler, twoWay = false, authorizer } = props
    allowInvocation(this, handler, api.apiId, `${stage.stageName}/${routeKey}`)
    const integration = new CfnIntegration(this, 'Integration', {
      apiId: api.apiId,
      integrationType: 'AWS_PROXY',
      integrationUri: invocationUri(handler),
    })
    new Route(this, 'Route', { api, routeKey, integration, twoWay, authorizer })
  }
}
