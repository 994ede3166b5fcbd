import { SignatureV4 } from '@smithy/signature-v4'
import type { Credentials, Local } from '../../local/index.ts'
import { Sha256 } from './sha256.ts'

export interface DoorOptions {
  /** @default 'POST' */
  readonly method?: string
  /** @default - the developer's, who may do everything */
  readonly credentials?: Credentials
}

/** Publishes over HTTP, with a signature of IAM. */
export async function publishOverHttp(
  { outputs, credentials: developer }: Local,
  body: string,
  { method = 'POST', credentials = developer }: DoorOptions = {},
): Promise<{ status: number; answer: unknown }> {
  const url = new URL(outputs['PublishUrl'] ?? '')
  const signer = new SignatureV4({
    credentials,
    region: 'us-east-1',
    service: 'lambda',
    sha256: Sha256,
  })
  const { headers } = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: '/',
    headers: { host: url.host, 'content-type': 'application/json' },
    ...(method !== 'GET' && { body }),
  })
  const response = await fetch(url, { method, headers, ...(method !== 'GET' && { body }) })
  return { status: response.status, answer: await response.json() }
}
