import { hostPattern } from './gateway/stage-paths.ts'
import { LOOPBACK } from './http.ts'
import type { FunctionDefinition } from './template/lambda.ts'
import type { App } from './template/read-app.ts'

/** Where the services are on this machine. */
export interface LocalAddresses {
  /** The gateway's. */
  readonly port: number
  readonly dynamodbUrl: string
  readonly queuesUrl: string
  /** Functions' URLs, by their hosts on AWS. */
  readonly functionUrls: ReadonlyMap<string, string>
}

/** A function's variables, with the addresses that services have on AWS replaced by those here. */
export function localVariables(
  { environment }: FunctionDefinition,
  app: App,
  addresses: LocalAddresses,
): Record<string, string> {
  return {
    ...withLocalAddresses(environment, app, addresses),
    AWS_ENDPOINT_URL_DYNAMODB: addresses.dynamodbUrl,
    AWS_ENDPOINT_URL_SQS: addresses.queuesUrl,
    // There is no such service here, and SQS says so: on AWS's own the call would fail without a reason.
    AWS_ENDPOINT_URL_SECRETS_MANAGER: addresses.queuesUrl,
  }
}

/** Texts by their names, in which the addresses on AWS are replaced by those here. */
export function withLocalAddresses(
  texts: Readonly<Record<string, string>>,
  { api, account }: Pick<App, 'api' | 'account'>,
  { port, queuesUrl, functionUrls }: LocalAddresses,
): Record<string, string> {
  const host = `${api.apiId}.execute-api.${account.region}.${account.urlSuffix}`
  const ofGateway = [host, ...api.mappings.map(({ domainName }) => domainName)]
  const hosts = [
    ...ofGateway.map((name) => ({ pattern: asHost(name), at: String(port) })),
    ...[...functionUrls].map(([name, url]) => ({ pattern: asHost(name), at: new URL(url).port })),
  ]
  const queuesHost = `sqs.${account.region}.${account.urlSuffix}`
  const local = Object.entries(texts).map(([name, text]) => {
    let changed = text.replaceAll(`https://${queuesHost}`, queuesUrl)
    for (const { pattern, at } of hosts) {
      changed = changed.replace(pattern, (_, scheme: string | undefined) => {
        // Without a scheme: a program puts https:// before it, which is spoken here too.
        if (scheme === undefined) return `localhost:${at}`
        return `${scheme.toLowerCase() === 'https' ? 'http' : 'ws'}://${LOOPBACK}:${at}`
      })
    }
    return [name, changed] as const
  })
  return Object.fromEntries(local)
}

/** Every mention of a host, with its scheme, and not as a part of another name. */
function asHost(domainName: string): RegExp {
  return new RegExp(
    `(?:(https|wss)://|(?<![\\w.@-]))${hostPattern(domainName)}(?![\\w-]|\\.\\w)`,
    'gi',
  )
}
