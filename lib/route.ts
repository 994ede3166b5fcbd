import {
  type CfnAuthorizer,
  CfnRoute,
  CfnRouteResponse,
  type CfnIntegration,
  type WebSocketApi,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { Construct } from 'constructs'

export interface RouteProps {
  readonly api: WebSocketApi
  readonly routeKey: string
  readonly integration: CfnIntegration
  /** Whether the integration's response goes to the caller. */
  readonly twoWay: boolean
  /**
   * Who is asked first; only `$connect` may have one.
   *
   * @default - nobody
   */
  readonly authorizer?: CfnAuthorizer | undefined
}

/** A route to an integration. A reply needs both: the selection expression and the route response. */
export class Route extends Construct {
  constructor(scope: Construct, id: string, props: RouteProps) {
    super(scope, id)
    const { api, routeKey, integration, twoWay, authorizer } = props
    const route = new CfnRoute(this, 'Resource', {
      apiId: api.apiId,
      routeKey,
      target: `integrations/${integration.ref}`,
      authorizationType: authorizer ? 'CUSTOM' : 'NONE',
      ...(authorizer && { authorizerId: authorizer.ref }),
      ...(twoWay && { routeResponseSelectionExpression: '$default' }),
    })
    if (!twoWay) return
    new CfnRouteResponse(this, 'Response', {
      apiId: api.apiId,
      routeId: route.ref,
      routeResponseKey: '$default',
    })
  }
}
