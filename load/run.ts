// npm run load -- --url wss://… [options]: load on a deployed stage.
import { writeFileSync } from 'node:fs'
import { estimate } from './estimate.ts'
import { putLoad } from './load.ts'
import { HELP, readOptions, UsageError, type Options } from './options.ts'
import { summarize, toChart, toText } from './report.ts'

try {
  const options = readOptions(process.argv.slice(2))
  if (options) await main(options)
  else console.log(HELP)
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`${error.message}\n\n${HELP}`)
  process.exitCode = 2
}

async function main(options: Options): Promise<void> {
  console.error(estimate(options))
  const outcome = await putLoad(options, stopSignal())
  const summary = summarize(outcome, options)
  console.log(options.json ? JSON.stringify(summary) : toText(summary))
  // Last: a file that cannot be written must not cost the result.
  if (options.chart !== undefined) writeFileSync(options.chart, toChart(summary))
  // The stage let nobody in.
  if (outcome.tally.connected === 0 && !outcome.stopped) process.exitCode = 1
}

/** Aborts at Ctrl-C, or when asked to end; a second Ctrl-C does not wait. */
function stopSignal(): AbortSignal {
  const controller = new AbortController()
  const stop = (): void => {
    process.once('SIGINT', () => process.exit(130))
    console.error('\nStopping: the last answers, then every connection is closed.')
    controller.abort()
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  return controller.signal
}
