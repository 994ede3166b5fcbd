import { Annotations, Duration, Names } from 'aws-cdk-lib'
import { WebSocketApi, type WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2'
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import {
  authorizerEnvironment,
  permissionEnvironment,
  type AuthorizerSettings,
} from './authorizer-settings.ts'
import { Authorizer } from './authorizer.ts'
import { connectionsTable } from './connections-table.ts'
import { CustomDomain, type DomainSettings } from './custom-domain.ts'
import type { DeliverySettings } from './delivery-settings.ts'
import { Delivery } from './delivery.ts'
import { ENVIRONMENT } from './environment.ts'
import { Groups, type GroupSettings } from './groups.ts'
import { LambdaFunction } from './lambda-function.ts'
import { LambdaRoute, type LambdaRouteProps } from './lambda-route.ts'
import type { LogSettings } from './log-settings.ts'
import { Monitoring, type MonitoringSettings } from './monitoring.ts'
import { grantConnections } from './permissions.ts'
import { PingRoute } from './ping-route.ts'
import { grantPublish, PublishDoor, type PublishingSettings } from './publishing.ts'
import { resolveRateLimit, type RateLimit } from './rate-limit.ts'
import { deployedStage, type StageSettings } from './stage.ts'
import type { TableSettings } from './table-settings.ts'
import type { WatchedFunctions } from './watched-functions.ts'

export interface SwitchboardProps
  extends
    AuthorizerSettings,
    DeliverySettings,
    GroupSettings,
    LogSettings,
    MonitoringSettings,
    PublishingSettings,
    StageSettings,
    TableSettings {
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
  /** Which connections are in which rooms, and whose they are. */
  readonly groups: Groups
  /** Delivery to many: the queues and their worker. */
  readonly delivery: Delivery
  /** Undefined without `publishUrl`. */
  readonly publishDoor: PublishDoor | undefined
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
    this.groups = new Groups(this, 'Groups', props)
    this.delivery = this.#addDelivery(props)
    if (props.publishUrl) {
      const { queue } = this.delivery
      const settings = { queue, logs: props, timeout: LIFECYCLE_TIMEOUT }
      this.publishDoor = new PublishDoor(this, 'Publishing', settings)
    }
    this.authorizer = this.#addAuthorizer(props)
    const lifecycle = this.#addLifecycleRoutes(props)
    const answering = this.#addMessageRoutes(props)
    const { stage, delivery } = this
    const authorizerFunction = this.authorizer?.handler.function
    const publishFunction = this.publishDoor?.handler.function
    const functions = { ...lifecycle, ...answering, authorizerFunction, publishFunction }
    const parts = { stage, delivery, ...functions }
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

  /**
   * Lets a backend publish to everyone, rooms, users and connections: `publish({ to, data })` of
   * `serverless-switchboard/publish`. A function gets the variable SWITCHBOARD_QUEUE_URL.
   */
  grantPublish(grantee: IGrantable): Grant {
    return grantPublish(this.delivery.queue, grantee)
  }

  /**
   * Lets a backend publish over HTTP.
   *
   * @throws Error without `publishUrl`
   */
  grantPublishUrl(grantee: IGrantable): Grant {
    if (this.publishDoor) return this.publishDoor.url.grantInvokeUrl(grantee)
    throw new Error('grantPublishUrl: there is no URL without publishUrl: true')
  }

  #addAuthorizer(props: SwitchboardProps): Authorizer | undefined {
    if (!props.authorizer) Annotations.of(this).addWarningV2(OPEN_WARNING_ID, OPEN_WARNING)
    const environment = authorizerEnvironment(props)
    if (!environment) return undefined
    const settings = { environment, logs: props, timeout: LIFECYCLE_TIMEOUT }
    return new Authorizer(this, 'Authorizer', { api: this.api, ...settings })
  }

  #addLifecycleRoutes(props: SwitchboardProps): Pick<WatchedFunctions, 'connect' | 'disconnect'> {
    const connections = { [ENVIRONMENT.connectionsTable]: this.connections.tableName }
    const settings = { logs: props, timeout: LIFECYCLE_TIMEOUT }

    const connect = new LambdaFunction(this, 'ConnectFunction', {
      name: 'connect',
      environment: {
        ...connections,
        ...(props.authorizer ? this.groups.keyEnvironment : this.groups.environment),
      },
      ...settings,
    })
    this.connections.grant(connect.function, 'dynamodb:PutItem')
    if (props.authorizer) this.groups.grantJoining(connect.function)
    this.#route('ConnectRoute', '$connect', connect, { authorizer: this.authorizer?.resource })

    const disconnect = new LambdaFunction(this, 'DisconnectFunction', {
      name: 'disconnect',
      environment: {
        ...connections,
        ...this.groups.environment,
        [ENVIRONMENT.deliveryQueueUrl]: this.delivery.queue.queueUrl,
      },
      ...settings,
    })
    this.connections.grant(disconnect.function, 'dynamodb:DeleteItem')
    this.#grantLeaving(disconnect)
    this.#route('DisconnectRoute', '$disconnect', disconnect)
    return { connect: connect.function, disconnect: disconnect.function }
  }

  #addDelivery(props: SwitchboardProps): Delivery {
    const delivery = new Delivery(this, 'Delivery', {
      ...props,
      environment: { ...this.#deliveryEnvironment, ...this.groups.keyEnvironment },
    })
    this.#grantDelivery(delivery.worker)
    this.groups.grantReading(delivery.worker.function)
    this.groups.grantLeaving(delivery.worker.function)
    return delivery
  }

  #addMessageRoutes(props: SwitchboardProps): Pick<WatchedFunctions, 'senders' | 'rooms'> {
    const sendMessage = this.#messageFunction('SendMessageFunction', 'sendmessage', props)
    this.#grantDelivery(sendMessage)
    this.groups.grantReading(sendMessage.function)
    this.#route('SendMessageRoute', 'sendmessage', sendMessage, { twoWay: true })

    const rooms = this.#messageFunction('RoomsFunction', 'rooms', props)
    this.groups.grantReading(rooms.function)
    this.groups.grantJoining(rooms.function)
    this.groups.grantFinding(rooms.function)
    // What it posts is why a connection is closed.
    if (mayClose(props)) grantConnections(this.stage, rooms.function, 'POST')
    this.#route('JoinRoute', 'join', rooms, { twoWay: true })
    this.#route('LeaveRoute', 'leave', rooms, { twoWay: true })
    this.#route('MembersRoute', 'members', rooms, { twoWay: true })

    const byDefault = this.#messageFunction('DefaultFunction', 'default', props)
    this.#grantDelivery(byDefault)
    this.#route('DefaultRoute', '$default', byDefault, { twoWay: true })

    new PingRoute(this, 'PingRoute', { api: this.api })
    return { senders: [sendMessage.function, byDefault.function], rooms: rooms.function }
  }

  /** One that answers frames, with what all of these may. */
  #messageFunction(
    id: string,
    name: 'sendmessage' | 'rooms' | 'default',
    props: SwitchboardProps,
  ): LambdaFunction {
    const { messagesPerSecond, burst } = resolveRateLimit(props.rateLimit)
    const handler = new LambdaFunction(this, id, {
      name,
      environment: {
        ...this.#deliveryEnvironment,
        ...this.delivery.senderEnvironment,
        ...permissionEnvironment(props),
        // The text forms, which the default is for, name neither rooms nor users.
        ...(name === 'default' ? this.groups.environment : this.groups.keyEnvironment),
        [ENVIRONMENT.messagesPerSecond]: String(messagesPerSecond),
        [ENVIRONMENT.messageBurst]: String(burst),
      },
      logs: props,
      timeout: MESSAGE_TIMEOUT,
    })
    this.#grantLeaving(handler)
    if (props.rateLimit !== null) this.connections.grant(handler.function, 'dynamodb:UpdateItem')
    if (mayClose(props)) grantConnections(this.stage, handler.function, 'DELETE')
    return handler
  }

  get #deliveryEnvironment(): Record<string, string> {
    return {
      [ENVIRONMENT.connectionsTable]: this.connections.tableName,
      [ENVIRONMENT.callbackUrl]: this.callbackUrl,
    }
  }

  #grantDelivery(handler: LambdaFunction): void {
    this.connections.grant(handler.function, 'dynamodb:Scan', 'dynamodb:DeleteItem')
    grantConnections(this.stage, handler.function, 'POST')
  }

  /** Whoever takes a connection out of its rooms may have to tell them. */
  #grantLeaving(handler: LambdaFunction): void {
    this.groups.grantLeaving(handler.function)
    this.delivery.queue.grant(handler.function, 'sqs:SendMessage')
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

/** Who sends too much, or whose token has expired, is disconnected. */
function mayClose({ rateLimit, authorizer }: SwitchboardProps): boolean {
  return rateLimit !== null || Boolean(authorizer)
}

/** By which `Annotations.of(…).acknowledgeWarning` knows it. */
const OPEN_WARNING_ID = 'switchboard:open'

const OPEN_WARNING =
  'authorizer is null: anyone who knows the URL may connect. ' +
  'An issuer and an audience close the door: -c jwtIssuer=… -c jwtAudience=…'

/** Some writes, for the first of which somebody waits. */
const LIFECYCLE_TIMEOUT = Duration.seconds(10)

/** The longest that API Gateway waits for an integration. */
const MESSAGE_TIMEOUT = Duration.seconds(29)
