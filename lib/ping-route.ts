import {
  CfnIntegration,
  CfnIntegrationResponse,
  type WebSocketApi,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { Construct } from 'constructs'
import { Route } from './route.ts'

export interface PingRouteProps {
  readonly api: WebSocketApi
}

/**
 * The route `ping`: API Gateway itself answers with the caller's connectionId, so that keeping a
 * connection alive runs no Lambda. (CDK's own mock integration has no response.)
 */
export class PingRoute extends Construct {
  constructor(scope: Construct, id: string, { api }: PingRouteProps) {
    super(scope, id)
    const integration = new CfnIntegration(this, 'Integration', {
      apiId: api.apiId,
      integrationType: 'MOCK',
      passthroughBehavior: 'WHEN_NO_MATCH',
      templateSelectionExpression: '200',
      requestTemplates: { '200': JSON.stringify({ statusCode: 200 }) },
    })
    new CfnIntegrationResponse(this, 'IntegrationResponse', {
      apiId: api.apiId,
      integrationId: integration.ref,
      integrationResponseKey: '/200/',
      templateSelectionExpression: '200',
      responseTemplates: {
        '200': JSON.stringify({ type: 'pong', connectionId: '$context.connectionId' }),
      },
    })
    new Route(this, 'Route', { api, routeKey: 'ping', integration, twoWay: true })
  }
}
