import { styleText } from 'node:util'
import { TOKEN_LIFETIME_SECONDS } from './token-lifetime.ts'
import type { Local } from './start-local.ts'
import type { TraceEntry } from './trace.ts'

/** Colours only where somebody sees them. */
function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return process.stdout.isTTY && !process.env['NO_COLOR'] ? styleText(style, text) : text
}

/** A token that lets a client in. */
export interface Pass {
  /** Whose. */
  readonly subject: string
  readonly token: string
}

/** What to see when the stack runs: where it is, and what to type. */
export function banner(
  { url, consoleUrl, functionUrls, app }: Local,
  milliseconds: number,
  passes: readonly Pass[] = [],
): string {
  const examples =
    app.examples.length > 0
      ? app.examples
      : [...app.api.routes.keys()].map((routeKey) => ({ type: routeKey, does: 'a route' }))
  const width = Math.max(...examples.map(({ type }) => type.length))
  const several = app.stackNames.length > 1
  const seconds = (milliseconds / 1000).toFixed(1)
  return [
    '',
    `  ${paint('bold', app.stackNames.join(' and '))} ${several ? 'run' : 'runs'} on this machine: ${parts(app)}, ready in ${seconds} s.`,
    '',
    `    ${paint(['bold', 'green'], url)}`,
    ...(consoleUrl === undefined ? [] : [address(consoleUrl, 'a page to try it with')]),
    ...[...functionUrls].map(([name, at]) => address(at, `the function ${name}, by HTTP`)),
    '',
    ...tokens(passes),
    '  Talk to it from another terminal, or from two:',
    '',
    ...connectLines(url, passes).map((text) => `    ${paint('bold', text)}`),
    '',
    '  and type there',
    '',
    ...examples.map(({ type, does }) => `    ${type.padEnd(width)}   ${paint('dim', does)}`),
    '',
    '  Ctrl-C ends it.',
    '',
  ].join('\n')
}

function address(url: string, what: string): string {
  return `    ${paint(['bold', 'green'], url)}   ${paint('dim', what)}`
}

function tokens(passes: readonly Pass[]): string[] {
  if (passes.length === 0) return []
  const shown = passes.map(({ subject, token }) => `    ${subject.padEnd(8)}${token}`)
  const hours = TOKEN_LIFETIME_SECONDS / 3_600
  return [
    `  Whoever connects needs a token. These are good for ${count(hours, 'hour')}:`,
    '',
    ...shown,
    '',
  ]
}

/** In double quotes, which every shell takes. */
function connectLines(url: string, passes: readonly Pass[]): string[] {
  const connect = `npx wscat -c ${url}`
  if (passes.length === 0) return [connect]
  return passes.map(({ token }) => `${connect} -H "Authorization: Bearer ${token}"`)
}

/** What to type for the AWS CLI, or any SDK, to act as the developer. */
export function credentialsHelp(local: Local): string {
  const { credentials, callbackUrl, dynamodbUrl, queuesUrl, app } = local
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  const variables = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_DEFAULT_REGION: app.account.region,
  }
  const variable = (name: keyof typeof variables): string =>
    process.platform === 'win32' ? `$env:${name}` : `$${name}`
  const signed = app.functionUrls
    .filter(({ authType }) => authType === 'AWS_IAM')
    .map(({ functionName }) => local.functionUrls.get(functionName) ?? '')
  const set = ([name, value]: [string, string]): string =>
    process.platform === 'win32' ? `$env:${name} = '${value}'` : `export ${name}='${value}'`
  return [
    '  For the AWS CLI, in another terminal, as long as this runs:',
    '',
    ...Object.entries(variables).map((one) => `    ${set(one)}`),
    '',
    `    aws apigatewaymanagementapi post-to-connection --endpoint-url ${callbackUrl} --connection-id ID --data hello --cli-binary-format raw-in-base64-out`,
    `    aws dynamodb list-tables --endpoint-url ${dynamodbUrl}`,
    ...(app.queues.length > 0 ? [`    aws sqs list-queues --endpoint-url ${queuesUrl}`] : []),
    ...signed.map(
      (url) =>
        `    curl --aws-sigv4 "aws:amz:${app.account.region}:lambda" --user "${variable('AWS_ACCESS_KEY_ID')}:${variable('AWS_SECRET_ACCESS_KEY')}" -H "X-Amz-Security-Token: ${variable('AWS_SESSION_TOKEN')}" ${url}`,
    ),
    '',
    '  Version 1 of the AWS CLI takes text as it is, and no --cli-binary-format.',
    '',
  ].join('\n')
}

/** One line for an event, or undefined for what only tests want to know. */
export function formatEntry(entry: TraceEntry): string | undefined {
  switch (entry.kind) {
    case 'handshake':
      return line('connect', entry.connectionId, `${entry.status}`, entry.milliseconds)
    case 'message': {
      const outcome = entry.error === undefined ? '' : paint('red', ` ${entry.error}`)
      const route = entry.routeKey ?? 'no route'
      const unread = entry.unread === true ? paint('red', ' not sent: it does not read') : ''
      return line('message', entry.connectionId, `${route}${outcome}${unread}`, entry.milliseconds)
    }
    case 'disconnect':
      return line('disconnect', entry.connectionId, `${entry.code} ${entry.reason}`.trimEnd())
    case 'call': {
      if (entry.allowed) return undefined
      return line(
        'refused',
        paint('red', entry.action),
        `${entry.principalArn} on ${entry.resource}`,
      )
    }
    case 'consumed':
      return undefined
    case 'afterReturn': {
      const what = `${entry.action} after its handler had returned; on AWS this would be frozen`
      return line('too late', entry.functionName, paint('red', what))
    }
    case 'internalError':
      return line('error', 'the local runtime', paint('red', entry.error))
    case 'fault':
      return line('fault', entry.target, paint('yellow', entry.effect))
    case 'deadLetter': {
      const where = `${entry.messageId} is in ${entry.deadLetterQueueName}, received ${entry.receiveCount} times`
      return line('gave up', entry.queueName, paint('red', where))
    }
    case 'recursiveLoop': {
      const why = `${entry.messageId} of ${entry.queueName}: a recursive loop, after ${entry.invocations} invocations`
      return line('stopped', entry.functionName, paint('red', why))
    }
    case 'redrive': {
      const { queueName, status, moved, failureReason = '' } = entry
      const reason = failureReason === '' ? '' : paint('red', ` ${failureReason}`)
      return line('redrive', queueName, `${count(moved, 'message')} moved, ${status}${reason}`)
    }
    case 'log': {
      // Metrics are for CloudWatch to read.
      if (entry.source !== 'function' || entry.line.startsWith('{"_aws":')) return undefined
      return line('log', entry.functionName, entry.line)
    }
    case 'invocation': {
      if (entry.error === undefined) return undefined
      return line('failed', entry.functionName, paint('red', entry.error), entry.milliseconds)
    }
  }
}

/** Shows that something is under way, where a person watches. Returns what ends it. */
export function progress(text: string): () => void {
  if (!process.stderr.isTTY) return () => {}
  const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
  let frame = 0
  const timer = setInterval(() => {
    frame = (frame + 1) % frames.length
    process.stderr.write(`\r${frames[frame]} ${text}`)
  }, 100)
  return () => {
    clearInterval(timer)
    process.stderr.write('\r\u001b[K')
  }
}

function line(what: string, who: string, how: string, milliseconds?: number): string {
  const time = new Date().toLocaleTimeString('en-GB')
  const took = milliseconds === undefined ? '' : paint('dim', `  ${milliseconds.toFixed(0)} ms`)
  return `${paint('dim', time)}  ${what.padEnd(10)}  ${who}  ${how}${took}`
}

/** Queues only where there are some: not every app has them. */
function parts({ functions, tables, queues }: Local['app']): string {
  const found = [count(functions.length, 'function'), count(tables.length, 'table')]
  return [...found, ...(queues.length > 0 ? [count(queues.length, 'queue')] : [])].join(', ')
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
