import { text } from 'node:stream/consumers'
import { explain } from './explain.ts'
import { findLocalStack } from './local-stack.ts'
import { HELP, readOptions, UsageError, type Options } from './options.ts'
import { publish, PublishError, type PublishOptions } from './publish.ts'

// The SDK would warn of Node 20 with each message.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'

try {
  await main()
} catch (error) {
  // Of both kinds nothing was sent, and trying again would not help.
  const isMistake = error instanceof UsageError || error instanceof PublishError
  console.error(
    isMistake ? `${error.message}\n\nnpx switchboard --help says more.` : explain(error),
  )
  process.exitCode = isMistake ? 2 : 1
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env['SWITCHBOARD_QUEUE_URL'])
  if (options === 'help') return console.log(HELP)
  const { to, id, destination } = options
  const data = await readData(options.content)
  const queue: PublishOptions =
    'port' in destination ? await findLocalStack(destination.port) : destination
  const published = await publish({ to, data, id }, queue)
  const done = { id: published.id, to, queueUrl: queue.queueUrl }
  if (options.json) return console.log(JSON.stringify(done))
  console.log(`Published ${done.id} to ${inWords(to)}, by ${done.queueUrl}`)
}

async function readData(content: Options['content']): Promise<unknown> {
  if ('text' in content) return content.text
  const json = content.json === '-' ? await text(process.stdin) : content.json
  try {
    return JSON.parse(json)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UsageError(`--data: expected JSON (or --text): ${reason}`)
  }
}

function inWords(to: Options['to']): string {
  if (to === 'everyone') return to
  // Whoever forgot the `room:` sees it here.
  if (typeof to === 'string') return `the connection ${to}`
  return 'room' in to ? `room:${to.room}` : `user:${to.user}`
}
