import { Annotations, Duration, Names, type RemovalPolicy } from 'aws-cdk-lib'
import { WebSocketApi, type WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2'
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { authorizerEnvironment, type AuthorizerSettings } from './authorizer-settings.ts'
import { Authorizer } from './authorizer.ts'
import { connectionsTable } from './connections-table.ts'
import { CustomDomain, type DomainSettings } from './custom-domain.ts'
import type { DeliverySettings } from './delivery-settings.ts'
import { Delivery } from './delivery.ts'
import { ENVIRONMENT } from './environment.ts'
import { LambdaFunction } from './lambda-function.ts'
import { LambdaRoute, type LambdaRouteProps } from './lambda-route.ts'
import type { LogSettings } from './log-settings.ts'
import { Monitoring, type MonitoringSettings } from './monitoring.ts'
import { grantConnections } from './permissions.ts'
import { PingRoute } from './ping-route.ts'
import { resolveRateLimit, type RateLimit } from './rate-limit.ts'
import { deployedStage, type StageSettings } from './stage.ts'

export interface SwitchboardProps
  extends AuthorizerSettings, DeliverySettings, LogSettings, MonitoringSettings, StageSettings {
  /**
   * A domain of your own, for the URL.
   *
   * @default - API Gateway's own, `{api id}.execute-api.{region}.amazonaws.com`
   */
  readonly domain?: DomainSettings

  /**
   * How many messages each connection may send. Whoever sends more is answered with RATE_LIMITED, and
   * disconnected when it goes on. `null`: as many as it likes, until the account's quota is used up
   * for everybody.
   *
   * @default { messagesPerSecond: 10, burst: 20 }
   */
  readonly rateLimit?: RateLimit | null

  /**
   * What becomes of the Connections table when the stack goes.
   *
   * @default RemovalPolicy.DESTROY - it holds nothing that outlives its connections
   */
  readonly removalPolicy?: RemovalPolicy

  /**
   * Whether the Connections table can be restored to any second of the last 35 days.
   *
   * @default false - a connection cannot be restored
   */
  readonly pointInTimeRecovery?: boolean
}

/**
 * A WebSocket backend: an API Gateway WebSocket API, a function for each route, and a table of the
 * connections that may be online.
 *
 * @example new Switchboard(this, 'Realtime', { authorizer: { issuer, audience: 'chat' } })
 */
export class Switchboard extends Construct {
  readonly api: WebSocketApi
  readonly stage: WebSocketStage
  readonly domain: CustomDomain | undefined
  readonly connections: TableV2
  /** Delivery to many: the queues and their worker. */
  readonly delivery: Delivery
  /** Undefined when anybody may connect. */
  readonly authorizer: Authorizer | undefined
  /** The alarms and the dashboard. */
  readonly monitoring: Monitoring

  constructor(scope: Construct, id: string, props: SwitchboardProps) {
    super(scope, id)
    this.api = new WebSocketApi(this, 'Api', {
      routeSelectionExpression: '$request.body.action',
      apiName: Names.uniqueResourceName(this, { maxLength: 128 }),
      description: 'Switchboard: messages in, pushes out',
    })
    this.stage = deployedStage(this, { ...props, api: this.api })
    if (props.domain) this.domain = new CustomDomain(this, 'Domain', this.stage, props.domain)
    this.connections = connectionsTable(this, props)
    this.delivery = this.#addDelivery(props)
    this.authorizer = this.#addAuthorizer(props)
    const lifecycle = this.#addLifecycleRoutes(props)
    const senders = this.#addMessageRoutes(props)
    const { stage, delivery } = this
    const authorizerFunction = this.authorizer?.handler.function
    const parts = { stage, delivery, senders, authorizerFunction, ...lifecycle }
    this.monitoring = new Monitoring(this, 'Monitoring', { ...props, ...parts })
  }

  /** Where clients connect: `wss://…/{stage}`, or the domain. */
  get webSocketUrl(): string {
    return this.domain?.webSocketUrl ?? this.stage.url
  }

  /**
   * The @connections endpoint: `https://…/{stage}`. It is API Gateway's own address, which needs no
   * DNS record, unless that is closed.
   */
  get callbackUrl(): string {
    return this.domain?.callbackUrl ?? this.stage.callbackUrl
  }

  #addAuthorizer(props: SwitchboardProps): Authorizer | undefined {
    if (!props.authorizer) Annotations.of(this).addWarningV2(OPEN_WARNING_ID, OPEN_WARNING)
    const environment = authorizerEnvironment(props)
    if (!environment) return undefined
    const settings = { environment, logs: props, timeout: LIFECYCLE_TIMEOUT }
    return new Authorizer(this, 'Authorizer', { api: this.api, ...settings })
  }

  #addLifecycleRoutes(logs: LogSettings): Record<'connect' | 'disconnect', IFunction> {
    const environment = { [ENVIRONMENT.connectionsTable]: this.connections.tableName }
    const settings = { environment, logs, timeout: LIFECYCLE_TIMEOUT }

    const connect = new LambdaFunction(this, 'ConnectFunction', { name: 'connect', ...settings })
    this.connections.grant(connect.function, 'dynamodb:PutItem')
    this.#route('ConnectRoute', '$connect', connect, { authorizer: this.authorizer?.resource })

    const disconnect = new LambdaFunction(this, 'DisconnectFunction', {
      name: 'disconnect',
      ...settings,
    })
    this.connections.grant(disconnect.function, 'dynamodb:DeleteItem')
    this.#route('DisconnectRoute', '$disconnect', disconnect)
    return { connect: connect.function, disconnect: disconnect.function }
  }

  #addDelivery(props: SwitchboardProps): Delivery {
    const delivery = new Delivery(this, 'Delivery', {
      ...props,
      environment: this.#deliveryEnvironment,
    })
    this.#grantDelivery(delivery.worker)
    return delivery
  }

  #addMessageRoutes(props: SwitchboardProps): IFunction[] {
    const { messagesPerSecond, burst } = resolveRateLimit(props.rateLimit)
    const environment = {
      ...this.#deliveryEnvironment,
      ...this.delivery.senderEnvironment,
      [ENVIRONMENT.messagesPerSecond]: String(messagesPerSecond),
      [ENVIRONMENT.messageBurst]: String(burst),
    }
    const settings = { environment, logs: props, timeout: MESSAGE_TIMEOUT }

    const sendMessage = new LambdaFunction(this, 'SendMessageFunction', {
      name: 'sendmessage',
      ...settings,
    })
    this.#grantSending(sendMessage, props)
    this.#route('SendMessageRoute', 'sendmessage', sendMessage, { twoWay: true })

    const byDefault = new LambdaFunction(this, 'DefaultFunction', { name: 'default', ...settings })
    this.#grantSending(byDefault, props)
    this.#route('DefaultRoute', '$default', byDefault, { twoWay: true })

    new PingRoute(this, 'PingRoute', { api: this.api })
    return [sendMessage.function, byDefault.function]
  }

  get #deliveryEnvironment(): Record<string, string> {
    return {
      [ENVIRONMENT.connectionsTable]: this.connections.tableName,
      [ENVIRONMENT.callbackUrl]: this.callbackUrl,
    }
  }

  #grantSending(
    handler: LambdaFunction,
    { rateLimit, authorizer }: Pick<SwitchboardProps, 'rateLimit' | 'authorizer'>,
  ): void {
    this.#grantDelivery(handler)
    this.delivery.queue.grant(handler.function, 'sqs:SendMessage')
    if (rateLimit !== null) this.connections.grant(handler.function, 'dynamodb:UpdateItem')
    // Who sends too much, or whose token has expired, is disconnected.
    if (rateLimit !== null || authorizer) {
      grantConnections(this.stage, handler.function, 'DELETE')
    }
  }

  #grantDelivery(handler: LambdaFunction): void {
    this.connections.grant(handler.function, 'dynamodb:Scan', 'dynamodb:DeleteItem')
    grantConnections(this.stage, handler.function, 'POST')
  }

  #route(
    id: string,
    routeKey: string,
    handler: LambdaFunction,
    options: Pick<LambdaRouteProps, 'twoWay' | 'authorizer'> = {},
  ): void {
    const { api, stage } = this
    new LambdaRoute(this, id, { api, stage, routeKey, handler: handler.function, ...options })
  }
}

/** By which `Annotations.of(…).acknowledgeWarning` knows it. */
const OPEN_WARNING_ID = 'switchboard:open'

const OPEN_WARNING =
  'authorizer is null: anyone who knows the URL may connect. ' +
  'An issuer and an audience close the door: -c jwtIssuer=… -c jwtAudience=…'

/** `$connect` and `$disconnect` do one write each; a client waits for the first. */
const LIFECYCLE_TIMEOUT = Duration.seconds(10)

/** The longest that API Gateway waits for an integration. */
const MESSAGE_TIMEOUT = Duration.seconds(29)
