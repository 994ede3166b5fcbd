import { generate } from 'selfsigned'

/** What proves to the functions that it is the gateway; nobody else is asked to trust it. */
export interface LocalCertificate {
  /** PEM. */
  readonly key: string
  /** PEM. It is its own authority. */
  readonly cert: string
}

const VALID_MS = 365 * 24 * 3_600_000

/** GeneralName's tags, as RFC 5280 numbers them. */
const DNS = 2
const IP_ADDRESS = 7

/** A new certificate for this machine's own names. */
export async function issueLocalCertificate(): Promise<LocalCertificate> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + VALID_MS),
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: DNS, value: 'localhost' },
          { type: IP_ADDRESS, ip: '127.0.0.1' },
          { type: IP_ADDRESS, ip: '::1' },
        ],
      },
    ],
  })
  return { key, cert }
}
