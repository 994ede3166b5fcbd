import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../clock.ts'
import type { CallFault, Faults } from '../faults/faults.ts'
import type { CallRule } from '../faults/rules.ts'
import { isFailure, type Identities, type Principal } from './identities.ts'
import { during } from './session.ts'
import { signingTime } from './signature.ts'

/** One call to a service, in IAM's terms. */
export interface ServiceCall {
  /** As faults name it: `POST`, `PutItem` … */
  readonly operation: string
  /** Such as `dynamodb:PutItem`. */
  readonly action: string
  /** ARNs of all that it touches; `*` for a call that concerns nothing in particular. */
  readonly resources: readonly string[]
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** Why a call is not carried out; each service has its own words for it. */
export type Refusal =
  | { readonly reason: 'authentication'; readonly type: string; readonly message: string }
  | { readonly reason: 'permission'; readonly message: string }
  | { readonly reason: 'fault'; readonly status: number; readonly type: string | undefined }

/** A service, with one call at its door. */
export interface Service {
  /** As signatures name it: `execute-api`, `dynamodb`, `sqs`. */
  readonly name: string
  /** As faults name it. */
  readonly faultsName: CallRule['on']
  readonly call: ServiceCall
  /** Carries the call out. Of a batch, the entries that the fault picks fail. */
  perform(fault: CallFault | undefined, caller: Principal): Answer | Promise<Answer>
  refuse(refusal: Refusal): Answer
}

export interface ServiceDoorProps {
  readonly identities: Identities
  readonly faults: Faults
  readonly clock: Clock
}

/**
 * The way into every service: each call is authenticated by its signature and judged by its
 * caller's role, and what faults are in force strike it.
 */
export class ServiceDoor {
  readonly #props: ServiceDoorProps

  constructor(props: ServiceDoorProps) {
    this.#props = props
  }

  /** @param body of the request, read to its end */
  async serve(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    service: Service,
  ): Promise<void> {
    const { method = '', url = '', headers } = request
    const { call } = service
    const caller = this.#props.identities.authenticate({ method, url, headers, body }, service.name)
    if (isFailure(caller)) {
      return send(response, service.refuse({ reason: 'authentication', ...caller }))
    }
    answerAtTimeOf(request, response)
    const sessionCall = { action: call.action, resource: call.resources[0] ?? '*' }
    const answer = await during(caller.session, sessionCall, response, () =>
      this.#carryOut(service, caller),
    )
    if (answer === 'reset') request.socket.resetAndDestroy()
    else send(response, answer)
  }

  /** Why a call may not do something more that its service has it do; undefined when it may. */
  refusal(caller: Principal, action: string, resource: string): string | undefined {
    return this.#props.identities.authorize(caller, action, resource)
  }

  async #carryOut(service: Service, caller: Principal): Promise<Answer | 'reset'> {
    const { call } = service
    const { identities, faults, clock } = this.#props
    for (const resource of call.resources) {
      const message = identities.authorize(caller, call.action, resource)
      if (message !== undefined) return service.refuse({ reason: 'permission', message })
    }
    const fault = faults.forCall(service.faultsName, call.operation)
    if (fault && fault.latencyMs > 0) await clock.sleep(fault.latencyMs)
    if (fault?.reset === 'before') return 'reset'
    if (fault?.status !== undefined) {
      return service.refuse({ reason: 'fault', status: fault.status, type: fault.error })
    }
    const answer = await service.perform(fault, caller)
    caller.session?.callDone()
    return fault?.reset === 'after' ? 'reset' : answer
  }
}

/**
 * Lets the answer be of the time at which the caller signed. By another, the SDK would take its clock for
 * wrong, although it lives by the local one, and sign by the difference when that has been moved on.
 */
function answerAtTimeOf({ headers }: IncomingMessage, response: ServerResponse): void {
  const time = signingTime(headers)
  if (time !== undefined) response.setHeader('Date', new Date(time).toUTCString())
}

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  // Without its length, an empty answer would be sent in chunks.
  const length = status === 204 ? {} : { 'Content-Length': Buffer.byteLength(body ?? '') }
  response.writeHead(status, { ...headers, ...length })
  response.end(body)
}
