import { randomUUID } from 'node:crypto'
import type { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import { afterAll, beforeAll, expect, inject, onTestFinished, TestRunner } from 'vitest'
import {
  startLocal,
  type Credentials,
  type Local,
  type StartLocalOptions,
} from '../../local/index.ts'
import { managementClient } from '../support/backend.ts'
import { editedAssembly, type Template } from '../support/edited-assembly.ts'
import { eventually } from '../support/eventually.ts'
import { Observer, type ReceivedEvent } from './observer.ts'
import { readRemoteUrl } from './remote-url.ts'

/** With whose right the tests call @connections. */
export interface Signer {
  readonly region: string
  /** @default - where the SDK finds them: variables, profiles, roles */
  readonly credentials?: Credentials
}

/** Changes a template in place. */
export type Edit = (template: Template) => void

/** What the local runtime is to be like. */
export type Circumstances = Pick<StartLocalOptions, 'quotas' | 'faults'>

/** What a target can do beyond what every stage can. */
export interface Capabilities {
  /** The local runtime: its trace, for what only that can prove. */
  readonly local?: Local
  /** Starts the fixture with another template or in other circumstances. */
  readonly edited?: (edit: Edit, circumstances?: Circumstances) => Promise<Target>
}

/** A stage of the fixture app that the tests talk to: on this machine or on AWS. */
export interface Target {
  /** Where clients connect: `ws://` or `wss://`, with the stage and no slash after it. */
  readonly url: string
  /** The stage's @connections endpoint. */
  readonly callbackUrl: string
  readonly signer: Signer
  readonly capabilities: Capabilities
  /** The API's id, or a matcher for one. */
  readonly apiId: unknown
  /** The address from which the gateway sees this machine, or a matcher for it. */
  readonly sourceIp: unknown
  /** How far the gateway's clock may be from this machine's. */
  readonly clockSkewMs: number
  readonly observer: Observer
}

/** An address that only the gateway knows. */
const SOME_ADDRESS: unknown = expect.stringMatching(/^[\d.]+$|^[\da-f:]+$/i)

/** A target with the questions that tests ask of it. */
export class GatewayTarget implements Target {
  #running: Target | undefined

  constructor(running?: Target) {
    this.#running = running
  }

  /** Starts the local fixture, or takes the stage that SWITCHBOARD_TEST_URL names. */
  async start(): Promise<void> {
    const url = process.env['SWITCHBOARD_TEST_URL']
    this.#running = url === undefined ? await startFixture() : remoteStage(url)
  }

  async close(): Promise<void> {
    const { local } = this.capabilities
    await (local ? local.close() : this.observer.close())
  }

  get url(): string {
    return this.#target.url
  }

  get callbackUrl(): string {
    return this.#target.callbackUrl
  }

  get signer(): Signer {
    return this.#target.signer
  }

  get capabilities(): Capabilities {
    return this.#target.capabilities
  }

  get apiId(): unknown {
    return this.#target.apiId
  }

  get sourceIp(): unknown {
    return this.#target.sourceIp
  }

  get clockSkewMs(): number {
    return this.#target.clockSkewMs
  }

  get observer(): Observer {
    return this.#target.observer
  }

  /** The SDK's client for @connections. */
  get management(): ApiGatewayManagementApiClient {
    return managementClient({ callbackUrl: this.callbackUrl, ...this.signer })
  }

  /** The stage's URL with what `$connect` shall do, and other things for its query. */
  asking(wishes: Readonly<Record<string, string>>): string {
    return `${this.url}?${new URLSearchParams(wishes).toString()}`
  }

  /** What the target can do beyond any stage. Without it the running test is skipped, and says so. */
  need<Name extends keyof Capabilities>(name: Name): NonNullable<Capabilities[Name]> {
    const capability = this.capabilities[name]
    return capability ?? skip(`the target has no capability "${name}"`)
  }

  /** The fixture with another template or in other circumstances, until the test is over. */
  async edited(edit: Edit, circumstances?: Circumstances): Promise<GatewayTarget> {
    const target = new GatewayTarget(await this.need('edited')(edit, circumstances))
    onTestFinished(() => target.close())
    return target
  }

  /** A fixture of the test's own: its clock can be moved, and nobody else has used its quotas. */
  fresh(circumstances?: Circumstances): Promise<GatewayTarget> {
    return this.edited(() => {}, circumstances)
  }

  /**
   * An edited one for several tests: call it outside of them. It starts when it is asked for first,
   * and closes after the last test of the file.
   */
  shared(edit: Edit): () => Promise<GatewayTarget> {
    let starting: Promise<Target> | undefined
    const start = async (): Promise<GatewayTarget> => {
      starting ??= this.need('edited')(edit)
      return new GatewayTarget(await starting)
    }
    afterAll(async () => {
      if (starting) await (await start()).close()
    })
    return start
  }

  /** The events of a type that functions have received for a connection id or a tag, so far. */
  async events(eventType: string, key: string): Promise<ReceivedEvent[]> {
    const events = await this.observer.events(key)
    return events.filter(({ requestContext }) => requestContext['eventType'] === eventType)
  }

  /** The event of a type that a function receives, sooner or later. */
  event(eventType: string, key: string): Promise<ReceivedEvent> {
    return eventually(async () => (await this.events(eventType, key))[0])
  }

  /** A gate that is closed. */
  gate(): Gate {
    return new Gate(this.observer)
  }

  get #target(): Target {
    if (!this.#running) throw new Error('the target has not started yet')
    return this.#running
  }
}

/**
 * Holds up a function of the fixture until the test opens it, so that "while it runs" needs no
 * guess of how long that takes.
 */
class Gate {
  /** What the function is told to wait for. */
  readonly name = `gate-${randomUUID()}`
  readonly #observer: Observer

  constructor(observer: Observer) {
    this.#observer = observer
  }

  open(): Promise<void> {
    return this.#observer.openGate(this.name)
  }

  /** Resolves when a function has gone through. */
  async passed(): Promise<void> {
    await eventually(async () => (await this.#observer.passedGate(this.name)) > 0)
  }
}

/** The target of a file of tests: call it once, at the top. */
export function gatewayTarget(): GatewayTarget {
  const target = new GatewayTarget()
  beforeAll(() => target.start())
  afterAll(() => target.close())
  return target
}

/** Something for a query, under which the fixture keeps the event of a handshake. */
export function newTag(): string {
  return `tag-${randomUUID()}`
}

async function startFixture(edit?: Edit, circumstances?: Circumstances): Promise<Target> {
  const fixture = inject('fixtureAssembly')
  const assembly = edit ? editedAssembly(fixture, edit) : fixture
  const local = await startLocal({ assembly, ...circumstances })
  return {
    url: local.url,
    callbackUrl: local.callbackUrl,
    signer: { region: local.app.account.region, credentials: local.credentials },
    capabilities: { local, edited: startFixture },
    apiId: local.app.api.apiId,
    sourceIp: '127.0.0.1',
    clockSkewMs: 0,
    observer: new Observer(local.url),
  }
}

function remoteStage(address: string): Target {
  const { url, callbackUrl, region, apiId } = readRemoteUrl(address)
  return {
    url,
    callbackUrl,
    signer: { region },
    capabilities: {},
    apiId: apiId ?? expect.any(String),
    sourceIp: SOME_ADDRESS,
    // Machines that keep their time are closer.
    clockSkewMs: 10_000,
    observer: new Observer(url),
  }
}

function skip(reason: string): never {
  const test = TestRunner.getCurrentTest()
  if (!test) throw new Error(reason)
  return test.context.skip(reason)
}
