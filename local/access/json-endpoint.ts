import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { CallFault } from '../faults/faults.ts'
import { closeServer, listen, LOOPBACK, readBody } from '../http.ts'
import { parseJsonObject, type JsonObject } from '../json.ts'
import type { Principal } from './identities.ts'
import {
  send,
  type Answer,
  type Refusal,
  type Service,
  type ServiceCall,
  type ServiceDoor,
} from './service-door.ts'

export const CONTENT_TYPE = { 'Content-Type': 'application/x-amz-json-1.0' }

/** What is wrong with a request, before it is known what it calls. */
export type RequestError =
  'InternalServerError' | 'SerializationException' | 'UnknownOperationException'

/** One call, with what is known of it. */
export interface JsonCall<Call extends ServiceCall> {
  readonly call: Call
  readonly input: JsonObject
  readonly body: Buffer
  readonly headers: IncomingHttpHeaders
  readonly caller: Principal
  readonly fault: CallFault | undefined
  /** Aborts when the caller has dropped the line. */
  readonly signal: AbortSignal
}

/** A service of AWS that is called by the header X-Amz-Target and with JSON. */
export interface JsonService<Call extends ServiceCall> extends Pick<
  Service,
  'name' | 'faultsName'
> {
  readonly maxRequestBytes: number
  /** Undefined when it is no call of this service, or one that is not supported locally. */
  readCall(target: string | undefined, input: JsonObject): Call | undefined
  perform(call: JsonCall<Call>): Answer | Promise<Answer>
  refuse(refusal: Refusal): Answer
  /** The answer to a request that never came to a call. */
  fail(error: RequestError, message: string): Answer
}

/** The endpoint of such a service, on a port of its own behind the door. */
export class JsonEndpoint<Call extends ServiceCall> {
  readonly #service: JsonService<Call>
  readonly #door: ServiceDoor
  readonly #server = createServer((request, response) => {
    const serving = this.#serve(request, response)
    this.#serving.add(serving)
    void serving.finally(() => this.#serving.delete(serving))
  })
  /** Calls under way. */
  readonly #serving = new Set<Promise<void>>()
  url = ''

  constructor(service: JsonService<Call>, door: ServiceDoor) {
    this.#service = service
    this.#door = door
  }

  async start(): Promise<void> {
    this.url = `http://${LOOPBACK}:${await listen(this.#server, 0)}`
  }

  /** What serves the calls must not close before it has done with them. */
  async close(): Promise<void> {
    await closeServer(this.#server)
    await Promise.all(this.#serving)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(request, response)
    } catch (error) {
      // Nobody is told when the caller has dropped the line.
      if (response.destroyed) return
      send(response, this.#service.fail('InternalServerError', String(error)))
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const service = this.#service
    const body = await readBody(request, service.maxRequestBytes)
    const input = parseJsonObject(body.toString('utf8'))
    if (!input) return send(response, service.fail('SerializationException', 'no JSON object'))
    const target = request.headers['x-amz-target']?.toString()
    const call = service.readCall(target, input)
    if (!call) {
      const message = `${target ?? 'a call without X-Amz-Target'} is not supported locally`
      return send(response, service.fail('UnknownOperationException', message))
    }
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const { signal } = gone
    const { name, faultsName } = service
    const { headers } = request
    await this.#door.serve(request, response, body, {
      name,
      faultsName,
      call,
      perform: (fault, caller) =>
        service.perform({ call, input, body, headers, caller, fault, signal }),
      refuse: (refusal) => service.refuse(refusal),
    })
  }
}
