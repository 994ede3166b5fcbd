import type { IncomingMessage, ServerResponse } from 'node:http'
import { performance } from 'node:perf_hooks'
import type { Duplex } from 'node:stream'
import { inspect } from 'node:util'
import { WebSocketServer, type RawData, type WebSocket } from 'ws'
import type { ServiceDoor } from '../access/service-door.ts'
import type { Console } from '../console/console.ts'
import type { Faults } from '../faults/faults.ts'
import { sendJson } from '../http.ts'
import type { ApiDefinition } from '../template/api-gateway.ts'
import { AccessLog } from './access-log.ts'
import { Connection, type Closing } from './connection.ts'
import { Events, type ConnectionInfo, type GatewayEvent } from './events.ts'
import { FrameWatch, MAX_MESSAGE_BYTES, type Excess } from './frame-limits.ts'
import { Front } from './front.ts'
import { FunctionCaller, type FunctionCallerProps } from './function-caller.ts'
import { FORBIDDEN, TOO_MANY_REQUESTS, type GatewayError } from './gateway-error.ts'
import { Handshake, isTooLong, readConnectionInfo, refuse } from './handshake.ts'
import { failureOf, Integrations, type IntegrationResult } from './integrations.ts'
import type { LocalCertificate } from './local-certificate.ts'
import { ManagementApi } from './management-api.ts'
import { findRoute, parseRouteSelection, type RouteSelector } from './route-selection.ts'
import { StagePaths } from './stage-paths.ts'
import { Throttles, type Quotas } from './throttles.ts'

/** What `$disconnect` is told when the backend closed the connection. */
const CLOSED_BY_BACKEND: Closing = { code: 1000, reason: 'Connection Closed Normally' }
const BINARY_REFUSED: Closing = { code: 1003, reason: 'Binary is not supported' }
const GOING_AWAY: Closing = { code: 1001, reason: 'Going away' }
const TOO_LARGE: Readonly<Record<Excess, Closing>> = {
  frame: { code: 1009, reason: 'Max frame length of 32768 has been exceeded.' },
  message: { code: 1009, reason: 'Max message length of 131072 has been exceeded.' },
}
const LINE_LOST: Closing = { code: 1006, reason: '' }
const NO_CODE_REASON = 'Client-side close frame status not set'

/** How long clients may take to say goodbye when the gateway closes. */
const CLOSING_GRACE_MS = 1_000

export interface GatewayProps extends FunctionCallerProps {
  readonly api: ApiDefinition
  readonly certificate: LocalCertificate
  readonly quotas: Quotas | undefined
  readonly door: ServiceDoor
  readonly faults: Faults
  /** What the port serves beside the stage. */
  readonly console: Pick<Console, 'serve'> | undefined
}

/** One stage of a WebSocket API: its clients' connections, and @connections for its backend. */
export class Gateway {
  readonly #props: GatewayProps
  readonly #accessLog: AccessLog | undefined
  readonly #events: Events
  readonly #handshake: Handshake
  readonly #integrations: Integrations
  readonly #selectRoute: RouteSelector
  readonly #throttles: Throttles
  readonly #paths: StagePaths
  readonly #managementApi: ManagementApi
  readonly #front: Front
  // The gateway chooses no subprotocol and no compression by itself.
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: () => false,
  })
  readonly #subprotocols = new WeakMap<IncomingMessage, string>()
  readonly #connections = new Map<string, Connection>()
  readonly #pending = new Set<Duplex>()

  /** @throws UnsupportedError for expressions and templates that cannot be honoured */
  constructor(props: GatewayProps) {
    const { api, clock, certificate, quotas, trace } = props
    this.#props = props
    this.#accessLog = api.accessLog && new AccessLog(api.accessLog, trace)
    const caller = new FunctionCaller(props)
    this.#events = new Events(api, clock)
    this.#integrations = new Integrations(api, caller, clock)
    this.#selectRoute = parseRouteSelection(api.routeSelectionExpression)
    this.#throttles = new Throttles(api, clock, quotas)
    this.#paths = new StagePaths(api)
    this.#handshake = new Handshake({
      ...props,
      paths: this.#paths,
      caller,
      events: this.#events,
      integrations: this.#integrations,
      throttles: this.#throttles,
    })
    this.#managementApi = new ManagementApi({
      ...props,
      stage: api,
      paths: this.#paths,
      admitsRequest: () => this.#throttles.admitsRequest(),
      find: (connectionId) => this.#connections.get(connectionId),
      disconnect: (connection) => this.#end(connection, CLOSED_BY_BACKEND),
    })
    this.#front = new Front(certificate, (server) => {
      server.on('request', (request, response) => void this.#serve(request, response))
      server.on('upgrade', (request, socket, head) => {
        const drop = (): void => void socket.destroy()
        void this.#attempt(() => this.#shakeHands(request, socket, head), drop)
      })
    })
    this.#webSockets.on('headers', (headers, request) => {
      const subprotocol = this.#subprotocols.get(request)
      if (subprotocol !== undefined) headers.push(`Sec-WebSocket-Protocol: ${subprotocol}`)
    })
  }

  /**
   * @param port 0 for any that is free
   * @returns the port that it listens on
   */
  listen(port: number): Promise<number> {
    return this.#front.listen(port)
  }

  /** Of the stage on this machine: `/prod`. */
  get path(): string {
    return this.#paths.first
  }

  /** Closes every connection with 1001 and tells no function about it. */
  async close(): Promise<void> {
    const connections = [...this.#connections.values()]
    this.#connections.clear()
    for (const connection of connections) {
      connection.ended()
      connection.close(GOING_AWAY)
    }
    for (const socket of this.#pending) socket.destroy()
    await this.#front.close(CLOSING_GRACE_MS)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (await this.#managementApi.serve(request, response)) return
      if (await this.#props.console?.serve(request, response)) return
      if (isTooLong(request.url)) sendJson(response, 414, { message: 'URI Too Long' })
      else if (this.#paths.isStage(request)) {
        sendJson(response, 426, { message: 'Upgrade Required' }, { Upgrade: 'websocket' })
      } else sendJson(response, 403, { message: 'Forbidden' })
    } catch {
      // The caller dropped the line while its request was read.
      response.destroy()
    }
  }

  async #shakeHands(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy())
    this.#pending.add(socket)
    const started = performance.now()
    const { trace, clock } = this.#props
    const arrival = this.#events.arrival()
    const asked = readConnectionInfo(request, clock.now())
    const verdict = await this.#handshake.admit(asked, request, arrival)
    this.#pending.delete(socket)
    trace.record({
      kind: 'handshake',
      connectionId: asked.connectionId,
      status: verdict.accepted ? 101 : verdict.status,
      milliseconds: performance.now() - started,
    })
    // On a path of no stage, there is no stage whose log it could be.
    if (this.#paths.isStage(request)) {
      const requestContext = this.#events.connectContext(verdict.info, arrival)
      this.#accessLog?.write({ requestContext, status: verdict.status, ...verdict.outcomes })
    }
    if (!verdict.accepted) return refuse(socket, verdict.status)
    // The client may have left meanwhile, with a FIN or with a reset.
    if (!socket.readable || !socket.writable) {
      socket.destroy()
      return this.#dispatchDisconnect(verdict.info, LINE_LOST)
    }
    if (verdict.subprotocol !== undefined) this.#subprotocols.set(request, verdict.subprotocol)
    // Nothing flows before all its listeners are on: the first bytes may be here already.
    socket.pause()
    const frames = new FrameWatch(socket)
    this.#webSockets.handleUpgrade(request, socket, head, (ws) => {
      this.#open(verdict.info, ws, frames)
    })
    socket.resume()
  }

  #open(info: ConnectionInfo, socket: WebSocket, frames: FrameWatch): void {
    const connection = new Connection(info, socket, this.#props.clock)
    this.#connections.set(info.connectionId, connection)
    connection.onExpired(() => this.#end(connection, GOING_AWAY))
    frames.onExcess((excess) => this.#end(connection, TOO_LARGE[excess]))
    socket.on('message', (data, isBinary) => {
      // What a client has sent before it learns that it is being closed.
      if (socket.readyState !== socket.OPEN) return
      if (isBinary) return this.#end(connection, BINARY_REFUSED)
      connection.noteActivity()
      void this.#attempt(() => this.#receive(connection, toText(data)))
    })
    // A frame that breaks the protocol; ws closes the connection with the code for it.
    socket.on('error', () => {})
    socket.on('close', (code, reason) => {
      this.#leave(connection, {
        code,
        reason: code === 1005 ? NO_CODE_REASON : reason.toString('utf8'),
      })
    })
  }

  /** Closes a connection from this side: it is out at once, whenever the client confirms. */
  #end(connection: Connection, closing: Closing): void {
    this.#leave(connection, closing)
    connection.close(closing)
  }

  /** Takes a connection out, once, and tells `$disconnect`. */
  #leave(connection: Connection, closing: Closing): void {
    if (!this.#connections.delete(connection.info.connectionId)) return
    connection.ended()
    this.#dispatchDisconnect(connection.info, closing)
  }

  #dispatchDisconnect(info: ConnectionInfo, { code, reason }: Closing): void {
    const { api, trace, faults } = this.#props
    trace.record({ kind: 'disconnect', connectionId: info.connectionId, code, reason })
    const route = api.routes.get('$disconnect')
    if (route && faults.losesDisconnect(info.connectionId)) return
    const event = this.#events.disconnect(info, code, reason)
    // Nobody is left to be told how it ended.
    void this.#attempt(async () => {
      this.#logAccess(event, route && (await this.#integrations.run(route, event)))
    })
  }

  /** @param error what the gateway has said by itself, if no integration ran */
  #logAccess(
    { requestContext }: GatewayEvent,
    result: IntegrationResult | undefined,
    error: GatewayError | undefined = result && failureOf(result),
  ): void {
    const integration = result?.outcome
    const status = error?.status ?? integration?.status ?? 200
    this.#accessLog?.write({ requestContext, status, integration, error })
  }

  /** Nothing that a client or a function does may end the gateway. */
  async #attempt(work: () => Promise<unknown>, giveUp: () => void = () => {}): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#props.trace.record({ kind: 'internalError', error: inspect(error) })
      giveUp()
    }
  }

  async #receive(connection: Connection, body: string): Promise<void> {
    const { connectionId } = connection.info
    const { api, trace } = this.#props
    const started = performance.now()
    const route = findRoute(api.routes, this.#selectRoute(body))
    const event = this.#events.message(connection.info, route?.routeKey, body)
    let error: GatewayError | undefined = FORBIDDEN
    let unread = false
    let result: IntegrationResult | undefined
    if (!this.#throttles.admitsMessage(route?.routeKey)) error = TOO_MANY_REQUESTS
    else if (route) {
      result = await this.#integrations.run(route, event)
      error = failureOf(result)
      if (result.kind === 'response' && route.twoWay && result.body !== '') {
        unread = !connection.send(result.body)
      }
    }
    if (error !== undefined) {
      const { requestId } = event.requestContext
      unread = !connection.send(errorFrame(error.message, connectionId, requestId))
    }
    trace.record({
      kind: 'message',
      connectionId,
      routeKey: route?.routeKey,
      milliseconds: performance.now() - started,
      error: error?.message,
      ...(unread && { unread }),
    })
    this.#logAccess(event, result, error)
  }
}

/** API Gateway's own frame, to the byte: one space after the first colon and after each comma. */
function errorFrame(message: string, connectionId: string, requestId: string): string {
  return `{"message": "${message}", "connectionId":"${connectionId}", "requestId":"${requestId}"}`
}

function toText(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return Buffer.from(data instanceof ArrayBuffer ? new Uint8Array(data) : data).toString('utf8')
}
