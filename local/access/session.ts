import type { ServerResponse } from 'node:http'
import type { Trace } from '../trace.ts'

/** A call to a service, as a session makes it. */
export interface SessionCall {
  /** IAM's name for it, such as `dynamodb:PutItem`. */
  readonly action: string
  readonly resource: string
}

/**
 * One execution environment as the services see it: they know by its credentials who calls, and
 * whether its handler is still running. On AWS an environment is frozen when the handler returns,
 * so a call that is made later, or is then under way, may never be carried out.
 */
export class Session {
  readonly functionName: string
  readonly #trace: Trace
  readonly #underWay = new Set<SessionCall>()
  /** Those that were under way when a handler returned. */
  readonly #leftBehind = new Set<SessionCall>()
  /** Its module may make calls while it loads. */
  #frozen = false
  #callsLeft = Infinity
  #onLastCall: () => void = () => {}

  constructor(functionName: string, trace: Trace) {
    this.functionName = functionName
    this.#trace = trace
  }

  handlerStarts(): void {
    this.#frozen = false
  }

  handlerReturns(): void {
    this.#frozen = true
    for (const call of this.#underWay) this.#leftBehind.add(call)
  }

  /** Calls back when so many more calls have been carried out. Returns the undo. */
  afterCalls(count: number, onLastCall: () => void): () => void {
    this.#callsLeft = count
    this.#onLastCall = onLastCall
    return () => {
      this.#callsLeft = Infinity
    }
  }

  /** A call arrives. */
  callStarts(call: SessionCall): void {
    if (this.#frozen) this.#report(call)
    else this.#underWay.add(call)
  }

  /** It has been carried out, and is about to be answered. */
  callDone(): void {
    this.#callsLeft -= 1
    if (this.#callsLeft === 0) this.#onLastCall()
  }

  /** It is answered. Was it left behind, it is reported now: until then it could be given up. */
  callEnds(call: SessionCall): void {
    if (this.#leftBehind.has(call)) this.#report(call)
    this.callDropped(call)
  }

  /** The caller has given it up, as one does that has a deadline. */
  callDropped(call: SessionCall): void {
    this.#underWay.delete(call)
    this.#leftBehind.delete(call)
  }

  #report({ action, resource }: SessionCall): void {
    this.#trace.record({ kind: 'afterReturn', functionName: this.functionName, action, resource })
  }
}

/** Does the work of a call, whose session sees it come, be answered or be given up. */
export async function during<T>(
  session: Session | undefined,
  call: SessionCall,
  response: ServerResponse,
  work: () => Promise<T>,
): Promise<T> {
  session?.callStarts(call)
  response.once('close', () => session?.callDropped(call))
  const result = await work()
  session?.callEnds(call)
  return result
}
