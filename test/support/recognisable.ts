import { TestClient } from './client.ts'

/** All that a client tells of itself, unlike anything that the runtime itself would write. */
export const SECRETS = {
  address: '203.0.113.77',
  userAgent: 'RecognisableAgent/7.7',
  origin: 'https://recognisable-origin.example',
  header: 'recognisable-header-value',
  query: 'recognisable-query-value',
  message: 'recognisable message body',
  malformed: 'recognisable malformed body',
  room: 'recognisable room',
} as const

/** Linux lets a client choose the loopback address that it connects from. */
const LOCAL_ADDRESS = process.platform === 'linux' ? '127.77.7.7' : undefined

/** Connects as somebody who would be known again by any of {@link SECRETS}. */
export function connectRecognisably(url: string): Promise<TestClient> {
  return TestClient.connect(`${url}?room=${SECRETS.query}`, {
    ...(LOCAL_ADDRESS !== undefined && { localAddress: LOCAL_ADDRESS }),
    origin: SECRETS.origin,
    headers: {
      'User-Agent': SECRETS.userAgent,
      'X-Forwarded-For': SECRETS.address,
      'X-Recognisable': SECRETS.header,
    },
  })
}

/** The secrets that stand in what was stored or logged. */
export function secretsIn(stored: unknown): string[] {
  const text = JSON.stringify(stored)
  const secrets = [...Object.values(SECRETS), ...(LOCAL_ADDRESS ? [LOCAL_ADDRESS] : [])]
  return secrets.filter((secret) => text.includes(secret))
}
