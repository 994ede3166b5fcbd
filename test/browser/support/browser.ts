import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type ConsoleMessage,
  type Page,
} from 'playwright-core'
import { expect, inject, onTestFinished } from 'vitest'

/** How long a page may take for what it is waited for. */
const PATIENCE_MS = 20_000

let browser: Promise<Browser> | undefined

export interface ContextOptions extends BrowserContextOptions {
  /** Of what goes wrong, what the test is about. */
  readonly expected?: readonly RegExp[]
}

/**
 * What a person's browser has of its own: its tabs share nothing with those of others.
 *
 * The test fails when anything goes wrong in one of its pages that it does not expect: an error on
 * the console (a violation of the page's policy is one), an exception that nobody catches, a request
 * that fails or is refused, a dialog.
 */
export async function newContext(options: ContextOptions = {}): Promise<BrowserContext> {
  const { expected = [], ...contextOptions } = options
  browser ??= chromium.connect(inject('browserEndpoint'))
  const context = await (await browser).newContext(contextOptions)
  // Less than a test's, so that it is told what it waits for.
  context.setDefaultTimeout(PATIENCE_MS)
  const problems: string[] = []
  watch(context, (problem) => problems.push(problem))
  onTestFinished(async () => {
    await context.close()
    expect(problems.filter((problem) => !expected.some((each) => each.test(problem)))).toEqual([])
  })
  return context
}

/** A tab in a context of its own. */
export async function openPage(url: string, options: ContextOptions = {}): Promise<Page> {
  const page = await (await newContext(options)).newPage()
  await page.goto(url)
  return page
}

function watch(context: BrowserContext, note: (problem: string) => void): void {
  context.on('console', (message) => {
    if (isComplaint(message)) note(`console: ${message.text()}`)
  })
  context.on('weberror', (error) => note(`exception: ${error.error().message}`))
  context.on('requestfailed', (request) => note(`failed: ${request.method()} ${request.url()}`))
  context.on('response', (response) => {
    if (response.status() >= 400) note(`refused: ${response.status()} ${response.url()}`)
  })
  context.on('dialog', (dialog) => {
    note(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
}

function isComplaint(message: ConsoleMessage): boolean {
  return ['error', 'warning', 'assert'].includes(message.type())
}
