import type { Locator, Page } from 'playwright-core'
import * as v from 'valibot'
import { buildConsole } from '../../../console/build.ts'
import type { Local } from '../../../local/index.ts'
import { eventually } from '../../support/eventually.ts'
import { startStack } from '../../support/stack.ts'
import { openPage, type ContextOptions } from './browser.ts'

export interface ConsoleStack {
  readonly local: Local
  /** Of the page. */
  readonly url: string
}

/** The project's stack, with the console beside it. */
export async function startConsole(): Promise<ConsoleStack> {
  const local = await startStack({ console: { files: await buildConsole() } })
  return { local, url: local.consoleUrl ?? '' }
}

/** The console in a tab of its own. */
export class ConsolePage {
  readonly page: Page

  private constructor(page: Page) {
    this.page = page
  }

  /** Resolves when its three clients are connected. */
  static async open(url: string, options: ContextOptions = {}): Promise<ConsolePage> {
    const console = new ConsolePage(await openPage(url, options))
    await Promise.all([1, 2, 3].map((number) => console.client(number).is('open')))
    return console
  }

  client(number: number): ClientCard {
    return new ClientCard(this.page, `client ${number}`)
  }

  async letPass(time: '10 minutes' | '2 hours'): Promise<void> {
    const region = this.page.getByRole('region', { name: 'Time' })
    await region.getByRole('button', { name: `Let ${time} pass` }).click()
    await region.getByRole('status').filter({ hasText: 'have passed' }).waitFor()
  }

  /** The items of all tables, as they are shown. */
  async storedRows(): Promise<string[][]> {
    const rows = this.page
      .getByRole('region', { name: 'What the backend stores' })
      .locator('tbody tr')
    return Promise.all((await rows.all()).map((row) => row.locator('td').allTextContents()))
  }
}

const messageSchema = v.looseObject({
  id: v.string(),
  from: v.string(),
  to: v.union([v.string(), v.object({ room: v.string() })]),
})

export type MessageFrame = v.InferOutput<typeof messageSchema>

/** What the page shows of one client. */
export class ClientCard {
  readonly name: string
  readonly region: Locator
  readonly state: Locator
  readonly result: Locator
  readonly message: Locator

  constructor(page: Page, name: string) {
    this.name = name
    this.region = page.getByRole('region', { name, exact: true })
    this.state = this.region.getByRole('status', { name: 'State' })
    this.result = this.region.getByRole('status', { name: 'Result' })
    this.message = this.region.getByRole('textbox', { name: 'Message' })
  }

  /** Resolves when it is in this state. */
  async is(state: 'connecting' | 'open' | 'reconnecting' | 'closed'): Promise<void> {
    await this.state.filter({ hasText: new RegExp(`^${state}$`) }).waitFor()
  }

  /** Its connection's, once it has one, and another than `former`. */
  connectionId(former?: string): Promise<string> {
    return eventually(async () => {
      const id = await this.region.locator('.connection-id').textContent()
      return id !== null && id !== '—' && id !== former && id
    })
  }

  press(button: string): Promise<void> {
    return this.region.getByRole('button', { name: button }).click()
  }

  /** Resolves when the client is in it. */
  async join(room: string, options: { readonly announce?: boolean } = {}): Promise<void> {
    const { announce = false } = options
    await this.region.getByRole('checkbox', { name: 'Announce' }).setChecked(announce)
    await this.region.getByRole('textbox', { name: 'Room to join' }).fill(room)
    await this.region.getByRole('button', { name: 'Join' }).click()
    await this.says(`In room ${room}.`)
  }

  /** Whom it shows to be in a room. */
  members(room: string): Locator {
    const rooms = this.region.getByRole('list', { name: 'Rooms' })
    const row = rooms.getByRole('listitem').filter({ hasText: new RegExp(`^${room} `) })
    return row.locator('.members')
  }

  async choose(target: string): Promise<void> {
    await this.region.getByRole('radio', { name: target, exact: true }).check()
  }

  /** Resolves when the page has taken it; {@link result} says what came of it. */
  async send(text: string): Promise<void> {
    await this.message.fill(text)
    await this.region.getByRole('button', { name: 'Send' }).click()
  }

  /** Resolves when the last message's outcome is this. */
  async says(outcome: string | RegExp): Promise<void> {
    await this.result.filter({ hasText: outcome }).waitFor()
  }

  /** The messages that its client has passed on, oldest first. */
  async messages(): Promise<MessageFrame[]> {
    const frames = this.region.locator('[data-direction="in"][data-delivered] .raw')
    const texts = await frames.allTextContents()
    return texts.map((text) => v.parse(messageSchema, JSON.parse(text)))
  }

  async heard(): Promise<unknown[]> {
    return (await this.messages()).map(({ data }) => data)
  }

  /** Resolves with the message, once it has come. */
  hears(data: unknown): Promise<MessageFrame> {
    return eventually(async () => (await this.messages()).find((frame) => frame['data'] === data))
  }
}
