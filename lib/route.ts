import {
  type CfnAuthorizer,
  CfnRoute,
  CfnRouteResponse,
  type CfnIntegration,
  type WebSocketApi,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'

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
    if (!authorizer) {
      acknowledge(route, 'AwsSolutions-APIG4', routeKey === '$connect' ? OPEN : ASKED_AT_CONNECT)
    }
    if (!twoWay) return
    new CfnRouteResponse(this, 'Response', {
      apiId: api.apiId,
      routeId: route.ref,
      routeResponseKey: '$default',
    })
  }
}

/** Why routes have no authorizer, for cdk-nag. */
const OPEN = 'Whoever builds the stack says that anyone may connect.'
const ASKED_AT_CONNECT =
  'API Gateway asks an authorizer at $connect alone: what comes later, comes over a connection that was let in.'
