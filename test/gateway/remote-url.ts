/** The URL of a stage that runs elsewhere, and what can be read from it. */
export interface RemoteUrl {
  /** Where clients connect, without a slash at the end. */
  readonly url: string
  /** The stage's @connections endpoint. */
  readonly callbackUrl: string
  readonly region: string
  /** Undefined: the host does not say. */
  readonly apiId: string | undefined
}

const STAGE_URL = /^wss?:\/\/(?<host>[^/?#]+)\/[\w-]+\/?$/
const AWS_HOST = /^(?<apiId>[^.]+)\.execute-api\.(?<region>[^.]+)\.amazonaws\.com(\.cn)?$/

const HINT =
  'Set SWITCHBOARD_TEST_URL to the URL of a deployed stage of test/gateway/fixture, such as ' +
  'wss://abcdefghij.execute-api.us-east-1.amazonaws.com/test: see CONTRIBUTING.md.'

/**
 * @param region for a host that is not AWS's own and so does not name one
 * @throws when it is not the URL of a stage, with a sentence that helps
 */
export function readRemoteUrl(text = '', region = process.env['AWS_REGION']): RemoteUrl {
  const host = STAGE_URL.exec(text)?.groups?.['host']
  if (host === undefined) throw new Error(text === '' ? HINT : `${HINT} It is ${text} now.`)
  const named = AWS_HOST.exec(host)?.groups
  const found = named?.['region'] ?? region
  if (found === undefined) throw new Error(`Set AWS_REGION: the host ${host} does not name one.`)
  const url = text.replace(/\/$/, '')
  return { url, callbackUrl: url.replace(/^ws/, 'http'), region: found, apiId: named?.['apiId'] }
}
