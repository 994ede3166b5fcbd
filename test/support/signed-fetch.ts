import { SignatureV4 } from '@smithy/signature-v4'
import type { Credentials } from '../../local/access/identities.ts'
import { Sha256 } from './sha256.ts'

export interface SignedFetchOptions {
  readonly method?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** @default 'lambda' */
  readonly service?: string
  /** What goes over the wire in place of what was signed. */
  readonly sentBody?: string
}

/** As `fetch`, signed by the SDK's own signer. */
export async function signedFetch(
  url: string,
  credentials: Credentials,
  options: SignedFetchOptions = {},
): Promise<Response> {
  const { method = 'GET', body, headers = {}, service = 'lambda', sentBody = body } = options
  const { host, hostname, port, pathname, searchParams } = new URL(url)
  const signer = new SignatureV4({ credentials, region: 'us-east-1', service, sha256: Sha256 })
  const signed = await signer.sign({
    method,
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: { ...headers, host },
    ...(body !== undefined && { body }),
  })
  const { host: _, ...others } = signed.headers
  return fetch(url, { method, headers: others, ...(sentBody !== undefined && { body: sentBody }) })
}
