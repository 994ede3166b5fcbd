import { dollars, PRICES } from '../bench/prices.ts'
import type { Options } from './options.ts'

/** What a run costs on AWS at most, roughly: without the functions' time and without logs. */
export function estimateDollars(options: Options): number {
  const { connections, connectRate, rate, seconds, to } = options
  const sent = rate * seconds
  // In, to each recipient, and the ack; a ping and its pong for each client's id.
  const messages = to === 'everyone' ? sent * (connections + 2) : sent * 3 + connections * 2
  const minutes = (connections * (seconds + connections / connectRate / 2)) / 60
  const operations = {
    messages,
    invocations: sent + connections * 2,
    gigabyteSeconds: 0,
    readUnits: to === 'everyone' ? sent * Math.ceil((connections * 50) / 4096) * 0.5 : 0,
    writeUnits: connections * 2,
    queueRequests: 0,
  }
  return dollars(operations) + (minutes * PRICES.perMillionConnectionMinutes) / 1e6
}

/** One sentence before a run begins. */
export function estimate(options: Options): string {
  const amount = estimateDollars(options)
  const shown = amount < 0.01 ? 'less than a cent' : `about $${amount.toFixed(2)}`
  return `${options.connections} connections, ${options.rate * options.seconds} messages to ${options.to}: on AWS ${shown}, and the functions' time, at the prices in bench/prices.ts.`
}
