import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { signedRequest, type SigningOptions } from '../support/signed-request.ts'
import { Dice } from './dice.ts'
import { frameInput } from './frame-inputs.ts'
import { handshakeInput } from './handshake-inputs.ts'
import { play, type HostileLine } from './hostile-line.ts'
import { httpInput, type Signed } from './http-inputs.ts'
import type { RunningGateway } from './running-gateway.ts'
import { tcpInput } from './tcp-inputs.ts'

/** Hostile clients at a time. */
const SIMULTANEOUS = 100

/** For how long silent lines get to be noticed, before they go. */
const SILENCE_MS = 50

export interface StormProps {
  readonly gateway: RunningGateway
  /** The inputs are always the same for it. */
  readonly seed: number
  readonly inputs: number
}

/**
 * Many hostile clients, all of whose lines are gone when it resolves.
 *
 * @throws when the gateway goes down, or leaves a client waiting that it has to answer
 */
export async function storm({ gateway, seed, inputs }: StormProps): Promise<void> {
  const signed = await signedRequests(gateway)
  const silent: Socket[] = []
  const last: string[] = []
  let next = 0
  const client = async (): Promise<void> => {
    for (let index = next++; index < inputs; index = next++) {
      const line = hostileLine(new Dice(seed * 1_000_000 + index), signed)
      const name = `input ${index} of seed ${seed}: ${line.name}`
      last.push(name)
      if (last.length > 2 * SIMULTANEOUS) last.shift()
      const left = await play({ ...line, name }, portOf(gateway, line))
      if (left) silent.push(left)
      if (gateway.crash !== undefined) throw new Error([gateway.crash, ...last].join('\n'))
    }
  }
  try {
    await Promise.all(Array.from({ length: SIMULTANEOUS }, client))
    await sleep(SILENCE_MS)
  } finally {
    for (const socket of silent) socket.destroy()
  }
}

function hostileLine(dice: Dice, signed: readonly Signed[]): HostileLine {
  const kind = dice.below(100)
  if (kind < 20) return tcpInput(dice)
  if (kind < 50) return handshakeInput(dice)
  if (kind < 80) return frameInput(dice)
  return httpInput(dice, signed)
}

function portOf({ addresses, port }: RunningGateway, { server }: HostileLine): number {
  return server === 'dynamodb' ? Number(new URL(addresses.dynamodbUrl).port) : port
}

/** Calls as a backend makes them, for the storm to spoil. */
async function signedRequests({ addresses }: RunningGateway): Promise<Signed[]> {
  const path = '/test/@connections/L0SM9cOFvHcCIhw%3D'
  const targets = ['PutItem', 'Scan', 'BatchWriteItem', 'ListTables']
  const calls: SigningOptions[] = [
    ...['POST', 'GET', 'DELETE'].map((method) => ({
      service: 'execute-api',
      method,
      path,
      ...(method === 'POST' && { body: 'hello' }),
    })),
    ...targets.map((target) => ({
      service: 'dynamodb',
      headers: { 'x-amz-target': `DynamoDB_20120810.${target}` },
      body: '{"TableName":"Fixture","RequestItems":{"Fixture":[]},"Item":{"M":{"a":[]}}}',
    })),
  ]
  return Promise.all(calls.map((call) => sign(addresses.credentials, call)))
}

async function sign(
  credentials: RunningGateway['addresses']['credentials'],
  call: SigningOptions,
): Promise<Signed> {
  const { method, url, headers, body } = await signedRequest(credentials, call)
  const entries = Object.entries(headers).map(([name, value]) => [name, String(value)])
  return { method, path: url, headers: Object.fromEntries(entries), body: body.toString('utf8') }
}
