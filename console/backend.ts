import { parseJson, propertiesOf, textOf } from './json.ts'

/** What the server that the page came from says of the stack on this machine. */
export interface Config {
  readonly name: string
  readonly url: string
  readonly routes: readonly string[]
  /** Whom tokens can be had for. */
  readonly subjects: readonly string[]
}

export interface StoredTable {
  readonly name: string
  readonly count: number
  /** As many of them as there are to see. */
  readonly items: readonly ReadonlyMap<string, unknown>[]
}

export interface Stored {
  /** The local clock. */
  readonly nowMs: number
  readonly tables: readonly StoredTable[]
  readonly queues: readonly { readonly name: string; readonly messages: number }[]
}

const PREFIX = '/@console/'

/** Undefined where the page is served without a stack beside it. */
export async function readConfig(): Promise<Config | undefined> {
  try {
    const config = await call('config')
    return {
      name: string(config, 'name'),
      url: string(config, 'url'),
      routes: texts(config, 'routes'),
      subjects: texts(config, 'subjects'),
    }
  } catch {
    return undefined
  }
}

export async function readStored(): Promise<Stored> {
  const stored = await call('stored')
  return {
    nowMs: number(stored, 'nowMs'),
    tables: list(stored, 'tables').map((value) => {
      const table = propertiesOf(value)
      return {
        name: string(table, 'name'),
        count: number(table, 'count'),
        items: list(table, 'items').map(propertiesOf),
      }
    }),
    queues: list(stored, 'queues').map((value) => {
      const queue = propertiesOf(value)
      return { name: string(queue, 'name'), messages: number(queue, 'messages') }
    }),
  }
}

/** Resolves when all that became due on the way has happened. */
export async function advance(minutes: number): Promise<void> {
  await call('advance', { minutes })
}

export async function tokenFor(subject: string, signal: AbortSignal): Promise<string> {
  return string(await call('token', { subject }, signal), 'token')
}

/** @throws Error with what the server says, when it refuses or is not there */
async function call(
  name: string,
  input?: unknown,
  signal: AbortSignal | null = null,
): Promise<ReadonlyMap<string, unknown>> {
  const post = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(input),
  }
  const response = await fetch(PREFIX + name, { ...(input === undefined ? {} : post), signal })
  const answer = propertiesOf(parseJson(await response.text()))
  if (response.ok) return answer
  throw new Error(textOf(answer.get('message')) ?? `status ${response.status}`)
}

function string(object: ReadonlyMap<string, unknown>, name: string): string {
  return textOf(object.get(name)) ?? ''
}

function number(object: ReadonlyMap<string, unknown>, name: string): number {
  const value = object.get(name)
  return typeof value === 'number' ? value : 0
}

function texts(object: ReadonlyMap<string, unknown>, name: string): readonly string[] {
  return list(object, name).flatMap((value) => textOf(value) ?? [])
}

function list(object: ReadonlyMap<string, unknown>, name: string): readonly unknown[] {
  const value = object.get(name)
  return Array.isArray(value) ? value : []
}
