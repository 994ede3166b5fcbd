import type { Duration } from 'aws-cdk-lib'
import { CfnAuthorizer, type WebSocketApi } from 'aws-cdk-lib/aws-apigatewayv2'
import { Construct } from 'constructs'
import { allowInvocation, invocationUri } from './invocation.ts'
import { LambdaFunction } from './lambda-function.ts'
import type { LogSettings } from './log-settings.ts'

export interface AuthorizerProps {
  readonly api: WebSocketApi
  /** What it asks of a handshake: see `authorizerEnvironment`. */
  readonly environment: Readonly<Record<string, string>>
  readonly timeout: Duration
  readonly logs: LogSettings
}

/**
 * Who is asked about each handshake before `$connect`: the function `authorize`, which API Gateway
 * invokes as an authorizer of type REQUEST.
 */
export class Authorizer extends Construct {
  readonly handler: LambdaFunction
  readonly resource: CfnAuthorizer

  constructor(scope: Construct, id: string, { api, ...settings }: AuthorizerProps) {
    super(scope, id)
    this.handler = new LambdaFunction(this, 'AuthorizeFunction', { name: 'authorize', ...settings })
    // Without an identity source, because a token may come in several places: the function is asked
    // about a handshake that has none, too.
    this.resource = new CfnAuthorizer(this, 'Resource', {
      apiId: api.apiId,
      authorizerType: 'REQUEST',
      authorizerUri: invocationUri(this.handler.function),
      name: 'authorize',
    })
    allowInvocation(
      this,
      this.handler.function,
      api.apiId,
      `authorizers/${this.resource.attrAuthorizerId}`,
    )
  }
}
