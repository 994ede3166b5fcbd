import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'

/** Many clients, and what each of them got. One question at a time. */
export class Crowd {
  readonly connectionIds: readonly string[]
  readonly #members: ChildProcess

  private constructor(members: ChildProcess, connectionIds: readonly string[]) {
    this.#members = members
    this.connectionIds = connectionIds
  }

  static async connect(url: string, size: number): Promise<Crowd> {
    const program = fileURLToPath(new URL('crowd-members.ts', import.meta.url))
    const members = fork(program, [url, String(size)], { execArgv: ['--import', 'tsx'] })
    const [first]: unknown[] = await Promise.race([once(members, 'message'), once(members, 'exit')])
    if (first !== 'connected') throw new Error('the crowd could not connect')
    const ids = await ask(members, { ask: 'connectionIds' })
    return new Crowd(members, v.parse(v.array(v.string()), ids))
  }

  /** Lets the first member send to everyone, and returns the ack. */
  async broadcast(data: string): Promise<Readonly<Record<string, unknown>>> {
    return v.parse(v.looseObject({}), await this.#ask({ ask: 'broadcast', data }))
  }

  /** How many copies of a message each member has. */
  async copiesOf(messageId: unknown): Promise<number[]> {
    const copies = await this.#ask({ ask: 'copies', messageId: String(messageId) })
    return v.parse(v.array(v.number()), copies)
  }

  /** Whom a message has not reached. */
  async missing(messageId: unknown): Promise<string[]> {
    const copies = await this.copiesOf(messageId)
    return this.connectionIds.filter((_, index) => copies[index] === 0)
  }

  /** How many frames with messages have come to all members, and of how many messages. */
  async counts(): Promise<{ frames: number; messages: number }> {
    const counts = await this.#ask({ ask: 'counts' })
    return v.parse(v.object({ frames: v.number(), messages: v.number() }), counts)
  }

  /** Lets every member send something, so that nobody is cut for having been silent. */
  async stayAlive(): Promise<void> {
    await this.#ask({ ask: 'stayAlive' })
  }

  leave(): void {
    this.#members.kill()
  }

  #ask(question: object): Promise<unknown> {
    return ask(this.#members, question)
  }
}

async function ask(members: ChildProcess, question: object): Promise<unknown> {
  const answer: Promise<unknown[]> = once(members, 'message')
  members.send(question)
  return (await answer)[0]
}
