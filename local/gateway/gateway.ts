import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { performance } from 'node:perf_hooks'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type RawData, type WebSocket } from 'ws'
import type { Identities } from '../access/identities.ts'
import { closeServer, listen, sendJson } from '../http.ts'
import type { ApiDefinition } from '../template/api-gateway.ts'
import type { InvokePermission } from '../template/lambda.ts'
import type { Trace } from '../trace.ts'
import { Connection, type Closing } from './connection.ts'
import { connectEvent, disconnectEvent, messageEvent, type ConnectionInfo } from './events.ts'
import {
  isStagePath,
  isWebSocketHandshake,
  judge,
  readConnectionInfo,
  refuse,
  type Verdict,
} from './handshake.ts'
import { newId } from './ids.ts'
import { Integrations, type IntegrationResult, type Invocable } from './integrations.ts'
import { ManagementApi } from './management-api.ts'
import { findRoute, parseRouteSelection, type RouteSelector } from './route-selection.ts'

/** The largest message that a client may send. */
const MAX_MESSAGE_BYTES = 128 * 1024

/** What `$disconnect` is told when the backend closed the connection. */
const CLOSED_BY_BACKEND: Closing = { code: 1000, reason: 'Connection Closed Normally' }
const BINARY_REFUSED: Closing = { code: 1003, reason: 'Binary is not supported' }
const GOING_AWAY: Closing = { code: 1001, reason: 'Going away' }
const NO_CODE_REASON = 'Client-side close frame status not set'

/** How long clients may take to say goodbye when the gateway closes. */
const CLOSING_GRACE_MS = 1_000

export interface GatewayProps {
  readonly api: ApiDefinition
  /** By ARN. */
  readonly functions: ReadonlyMap<string, Invocable>
  readonly permissions: readonly InvokePermission[]
  readonly identities: Identities
  readonly trace: Trace
}

/** One stage of a WebSocket API: its clients' connections, and @connections for its backend. */
export class Gateway {
  readonly #props: GatewayProps
  readonly #integrations: Integrations
  readonly #selectRoute: RouteSelector
  readonly #managementApi: ManagementApi
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  // The gateway chooses no subprotocol and no compression by itself.
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: () => false,
  })
  readonly #subprotocols = new WeakMap<IncomingMessage, string>()
  readonly #connections = new Map<string, Connection>()
  readonly #pending = new Set<Duplex>()

  /** @throws UnsupportedError for expressions and templates that cannot be honoured */
  constructor(props: GatewayProps) {
    const { api, identities } = props
    this.#props = props
    this.#integrations = new Integrations({ ...props, account: identities.account })
    this.#selectRoute = parseRouteSelection(api.routeSelectionExpression)
    this.#managementApi = new ManagementApi({
      stage: api,
      identities,
      find: (connectionId) => this.#connections.get(connectionId),
      disconnect: (connection) => this.#end(connection, CLOSED_BY_BACKEND),
    })
    this.#server.on('upgrade', (request, socket, head) => {
      void this.#shakeHands(request, socket, head)
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
    return listen(this.#server, port)
  }

  /** Closes every connection with 1001 and tells no function about it. */
  async close(): Promise<void> {
    const connections = [...this.#connections.values()]
    this.#connections.clear()
    for (const connection of connections) connection.close(GOING_AWAY)
    for (const socket of this.#pending) socket.destroy()
    // A client that is suspended would keep the server open for as long as ws waits for it: 30 s.
    const grace = setTimeout(() => {
      for (const socket of this.#webSockets.clients) socket.terminate()
    }, CLOSING_GRACE_MS)
    await closeServer(this.#server)
    clearTimeout(grace)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (await this.#managementApi.serve(request, response)) return
      if (isStagePath(request.url, this.#props.api)) {
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
    const info = readConnectionInfo(request)
    const verdict = await this.#admit(request, info)
    this.#pending.delete(socket)
    this.#props.trace.record({
      kind: 'handshake',
      connectionId: info.connectionId,
      status: verdict.accepted ? 101 : verdict.status,
      milliseconds: performance.now() - started,
    })
    if (!verdict.accepted) return refuse(socket, verdict.status)
    // The client may have left meanwhile, with a FIN or with a reset.
    if (!socket.readable || !socket.writable) {
      socket.destroy()
      return this.#dispatchDisconnect(info, { code: 1006, reason: '' })
    }
    if (verdict.subprotocol !== undefined) this.#subprotocols.set(request, verdict.subprotocol)
    this.#webSockets.handleUpgrade(request, socket, head, (ws) => this.#open(info, ws))
  }

  async #admit(request: IncomingMessage, info: ConnectionInfo): Promise<Verdict> {
    const { api } = this.#props
    if (!isStagePath(request.url, api)) return { accepted: false, status: 403 }
    if (!isWebSocketHandshake(request)) return { accepted: false, status: 400 }
    const route = api.routes.get('$connect')
    if (!route) return { accepted: true, subprotocol: undefined }
    return judge(await this.#integrations.run(route, connectEvent(api, info, request)))
  }

  #open(info: ConnectionInfo, socket: WebSocket): void {
    const connection = new Connection(info, socket)
    this.#connections.set(info.connectionId, connection)
    socket.on('message', (data, isBinary) => {
      // What a client has sent before it learns that it is being closed.
      if (socket.readyState !== socket.OPEN) return
      if (isBinary) return this.#end(connection, BINARY_REFUSED)
      connection.lastActiveAt = Date.now()
      void this.#receive(connection, toText(data))
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
    if (this.#connections.delete(connection.info.connectionId)) {
      this.#dispatchDisconnect(connection.info, closing)
    }
  }

  #dispatchDisconnect(info: ConnectionInfo, { code, reason }: Closing): void {
    const { api, trace } = this.#props
    trace.record({ kind: 'disconnect', connectionId: info.connectionId, code, reason })
    const route = api.routes.get('$disconnect')
    // Nobody is left to be told how it ended.
    if (route) void this.#integrations.run(route, disconnectEvent(api, info, code, reason))
  }

  async #receive(connection: Connection, body: string): Promise<void> {
    const { api, trace } = this.#props
    const { connectionId } = connection.info
    const started = performance.now()
    const route = findRoute(api.routes, this.#selectRoute(body))
    let error: string | undefined = 'Forbidden'
    let requestId = newId()
    if (route) {
      const event = messageEvent(api, connection.info, route.routeKey, body)
      requestId = event.requestContext.requestId
      const result = await this.#integrations.run(route, event)
      error = describeFailure(result)
      if (result.kind === 'response' && route.twoWay && result.body !== '') {
        connection.send(result.body)
      }
    }
    if (error !== undefined) connection.send(errorFrame(error, connectionId, requestId))
    const milliseconds = performance.now() - started
    trace.record({ kind: 'message', connectionId, routeKey: route?.routeKey, milliseconds, error })
  }
}

function describeFailure({ kind }: IntegrationResult): string | undefined {
  if (kind === 'response') return undefined
  return kind === 'timedOut' ? 'Endpoint request timed out' : 'Internal server error'
}

/** API Gateway's own frame, to the byte: one space after the first colon and after each comma. */
function errorFrame(message: string, connectionId: string, requestId: string): string {
  return `{"message": "${message}", "connectionId":"${connectionId}", "requestId":"${requestId}"}`
}

function toText(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return Buffer.from(data instanceof ArrayBuffer ? new Uint8Array(data) : data).toString('utf8')
}
