import * as v from 'valibot'
import { TestClient } from '../support/client.ts'

const eventSchema = v.looseObject({
  requestContext: v.record(v.string(), v.unknown()),
  headers: v.optional(v.record(v.string(), v.string())),
  multiValueHeaders: v.optional(v.record(v.string(), v.array(v.string()))),
})
const itemsSchema = v.object({ items: v.array(v.record(v.string(), v.unknown())) })

/** An event as a function of the fixture received it. */
export type ReceivedEvent = v.InferOutput<typeof eventSchema>

/**
 * A connection of the tests' own to the fixture, by which they see over the wire what its functions
 * keep. It connects when it is asked first.
 */
export class Observer {
  readonly #url: string
  #connecting: Promise<TestClient> | undefined

  constructor(url: string) {
    this.#url = url
  }

  /** All events under a key, in the order in which they were kept. */
  async events(key: string): Promise<ReceivedEvent[]> {
    const items = await this.#items(key)
    return items.filter((item) => v.is(eventSchema, item)).map((item) => v.parse(eventSchema, item))
  }

  /** Lets a function through that waits at the gate, and all that come later. */
  async openGate(gate: string): Promise<void> {
    const client = await this.#client()
    client.send({ action: 'open', gate })
    await client.nextOfType(`opened ${gate}`)
  }

  /** How many functions have gone through the gate. */
  async passedGate(gate: string): Promise<number> {
    const items = await this.#items(gate)
    return items.filter(({ passed }) => passed === true).length
  }

  async close(): Promise<void> {
    const client = await this.#connecting
    await client?.close()
  }

  async #items(key: string): Promise<Record<string, unknown>[]> {
    const client = await this.#client()
    client.send({ action: 'recall', key })
    return v.parse(itemsSchema, await client.nextOfType(`recalled ${key}`)).items
  }

  /** Connects anew when the stage has closed it, as it does when a test moves the clock. */
  async #client(): Promise<TestClient> {
    const client = await this.#connecting
    if (client?.socket.readyState === client?.socket.OPEN && client) return client
    this.#connecting = TestClient.connect(this.#url)
    return this.#connecting
  }
}
