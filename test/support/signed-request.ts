import { SignatureV4 } from '@smithy/signature-v4'
import type { Credentials } from '../../local/access/identities.ts'
import type { SignedRequest } from '../../local/access/signature.ts'
import { Sha256 } from './sha256.ts'

export interface SigningOptions {
  readonly service: string
  readonly region?: string
  readonly method?: string
  /** As it goes over the wire. */
  readonly path?: string
  readonly query?: Record<string, string>
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly at?: Date
}

/** A request signed by the SDK's own signer, as a server receives it. */
export async function signedRequest(
  credentials: Credentials,
  options: SigningOptions,
): Promise<SignedRequest> {
  const { service, region = 'us-east-1', method = 'POST', path = '/', query = {} } = options
  const { body = '', headers = {}, at = new Date() } = options
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 })
  const signed = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname: 'localhost',
      path,
      query,
      headers: { host: 'localhost', ...headers },
      body,
    },
    { signingDate: at },
  )
  const pairs = Object.entries(query).map((pair) => pair.map(encodeURIComponent).join('='))
  const search = pairs.join('&')
  const entries = Object.entries(signed.headers)
  return {
    method,
    url: search === '' ? path : `${path}?${search}`,
    headers: Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(body),
  }
}
