import { LOOPBACK } from './http.ts'
import type { FunctionDefinition } from './template/lambda.ts'
import type { App } from './template/read-app.ts'

/** Where the services are on this machine. */
export interface LocalAddresses {
  /** The gateway's. */
  readonly port: number
  readonly dynamodbUrl: string
  readonly queuesUrl: string
}

/** A function's variables, with the addresses that services have on AWS replaced by those here. */
export function localVariables(
  { environment }: FunctionDefinition,
  { api, account }: App,
  { port, dynamodbUrl, queuesUrl }: LocalAddresses,
): Record<string, string> {
  const host = `${api.apiId}.execute-api.${account.region}.${account.urlSuffix}`
  const queuesHost = `sqs.${account.region}.${account.urlSuffix}`
  const variables = Object.entries(environment).map(([name, value]) => {
    const local = value
      .replaceAll(`https://${host}`, `http://${LOOPBACK}:${port}`)
      .replaceAll(`wss://${host}`, `ws://${LOOPBACK}:${port}`)
      .replaceAll(`https://${queuesHost}`, queuesUrl)
      // Without a scheme: a program puts https:// before it, which the gateway speaks too.
      .replaceAll(host, `localhost:${port}`)
    return [name, local] as const
  })
  return {
    ...Object.fromEntries(variables),
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbUrl,
    AWS_ENDPOINT_URL_SQS: queuesUrl,
  }
}
