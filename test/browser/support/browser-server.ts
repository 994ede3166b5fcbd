import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files find the run's browser. */
    browserEndpoint: string
  }
}

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome']

/** It speaks with nobody but the page's server. */
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync']

const ADVICE =
  'The tests in a browser need one: install the package chromium (such as `apt-get install chromium`) ' +
  'or Google Chrome, or name the program of another Chromium in CHROMIUM_PATH.'

/** One browser for the whole run: it takes a second to start. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await chromium.launchServer({ ...whichBrowser(), args: QUIET }).catch((cause) => {
    throw new Error(ADVICE, { cause })
  })
  project.provide('browserEndpoint', server.wsEndpoint())
  return () => server.close()
}

/** A program that is told of or found, or else Google Chrome wherever this system keeps it. */
function whichBrowser(): { executablePath: string } | { channel: string } {
  const { CHROMIUM_PATH, PATH = '' } = process.env
  if (CHROMIUM_PATH !== undefined && CHROMIUM_PATH !== '') return { executablePath: CHROMIUM_PATH }
  const executablePath = PATH.split(delimiter)
    .flatMap((folder) => COMMANDS.map((command) => join(folder, command)))
    .find((file) => existsSync(file))
  return executablePath === undefined ? { channel: 'chrome' } : { executablePath }
}
