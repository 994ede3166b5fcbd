import { exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Issuer, Local } from '../../local/index.ts'
import { dumpTable } from '../support/backend.ts'
import { eventually } from '../support/eventually.ts'
import { refusedHandshake, TestClient } from '../support/client.ts'
import {
  AUDIENCE,
  closedStackOfTest,
  connectRuns,
  logOf,
  PAGE,
  startClosedStack,
  type ClosedStack,
} from '../support/closed-stack.ts'
import { removeResources, setVariable } from '../support/edited-assembly.ts'

let stack: ClosedStack
let local: Local
let issuer: Issuer

beforeAll(async () => {
  stack = await startClosedStack(inject('closedAssembly'))
  local = stack.local
  issuer = stack.issuer
})

afterAll(() => stack.close())

const ALICE = { sub: 'alice', aud: AUDIENCE }
const PROTOCOL = 'switchboard.v1'

describe('a token', () => {
  it('S2: comes as a subprotocol, of which the answer names the other one alone', async () => {
    const subprotocols = [PROTOCOL, `bearer.${await issuer.sign(ALICE)}`]
    const client = await TestClient.connect(local.url, { subprotocols })
    expect(client.socket.protocol).toBe(PROTOCOL)
    expect(await client.request({ action: 'ping' })).toMatchObject({ type: 'pong' })
    await client.close()
  })

  it('comes as an Authorization header', async () => {
    const before = connectRuns(local)
    const headers = { Authorization: `Bearer ${await issuer.sign(ALICE)}` }
    const client = await TestClient.connect(local.url, { headers })
    await client.close()
    expect(connectRuns(local)).toBe(before + 1)
  })

  it('is verified by keys that are fetched once', async () => {
    const headers = { Authorization: `Bearer ${await issuer.sign(ALICE)}` }
    for (let time = 0; time < 3; time += 1) {
      await (await TestClient.connect(local.url, { headers })).close()
    }
    expect(issuer.requests).toEqual(['/.well-known/openid-configuration', '/jwks.json'])
  })
})

const now = (): number => Math.floor(Date.now() / 1000)
const claims = (): object => ({ iss: issuer.url, ...ALICE, iat: now(), exp: now() + 600 })
const kid = (): string => issuer.jwks.keys[0]?.kid ?? ''
const forged = async (header: { alg: string; kid?: string }): Promise<string> => {
  const { privateKey } = await generateKeyPair('ES256')
  return new SignJWT({ ...claims() }).setProtectedHeader(header).sign(privateKey)
}

/** In place of the issuer's own. */
const NO_END: object = { exp: undefined }

const REFUSED: readonly { what: string; token: () => Promise<string>; metric?: string }[] = [
  {
    what: 'has expired',
    token: () => issuer.sign({ ...ALICE, exp: now() - 1 }),
    metric: 'RefusedExpiredToken',
  },
  { what: 'is not valid yet', token: () => issuer.sign({ ...ALICE, nbf: now() + 60 }) },
  {
    what: 'is of another issuer',
    token: () => issuer.sign({ ...ALICE, iss: 'https://e.example' }),
  },
  { what: 'is for another audience', token: () => issuer.sign({ ...ALICE, aud: 'other' }) },
  { what: 'is for no audience', token: () => issuer.sign({ sub: 'alice' }) },
  {
    what: 'is not signed (alg: none)',
    token: () => Promise.resolve(new UnsecuredJWT({ ...claims() }).encode()),
  },
  {
    what: 'is not signed (alg: none) but seems to be',
    token: async () => {
      const [, payload, signature] = (await issuer.sign(ALICE)).split('.')
      const header = JSON.stringify({ alg: 'none', kid: kid() })
      return `${Buffer.from(header).toString('base64url')}.${payload}.${signature}`
    },
  },
  {
    what: 'is signed by HS256 with the public key',
    token: async () => {
      const key = await importJWK(issuer.jwks.keys[0] ?? {}, 'ES256', { extractable: true })
      if (key instanceof Uint8Array) throw new Error('no public key')
      const secret = Buffer.from(await exportSPKI(key))
      return new SignJWT({ ...claims() })
        .setProtectedHeader({ alg: 'HS256', kid: kid() })
        .sign(secret)
    },
  },
  {
    what: 'was tampered with',
    token: async () => {
      const [header, , signature] = (await issuer.sign(ALICE)).split('.')
      const payload = JSON.stringify({ ...claims(), sub: 'bob' })
      return `${header}.${Buffer.from(payload).toString('base64url')}.${signature}`
    },
  },
  { what: 'has the id of an unknown key', token: () => forged({ alg: 'ES256', kid: 'unknown' }) },
  {
    what: 'has the id of a key that did not sign it',
    token: () => forged({ alg: 'ES256', kid: kid() }),
  },
  { what: 'names no key', token: () => forged({ alg: 'ES256' }) },
  { what: 'has no end', token: () => issuer.sign({ ...ALICE, ...NO_END }) },
  { what: 'has no subject', token: () => issuer.sign({ aud: AUDIENCE }) },
  {
    what: 'has a subject that is too long',
    token: () => issuer.sign({ ...ALICE, sub: 'a'.repeat(256) }),
  },
  { what: 'has a subject with a line break', token: () => issuer.sign({ ...ALICE, sub: 'a\nb' }) },
  { what: 'is none', token: () => Promise.resolve('not-a-token') },
]

describe('a handshake is refused, and $connect never runs,', () => {
  it.each(REFUSED)('S3: when its token $what', async ({ token, metric = 'RefusedToken' }) => {
    const before = connectRuns(local)
    const logBefore = logOf(local).length
    const text = await token()
    const subprotocols = [PROTOCOL, `bearer.${text}`]
    const { status, body } = await refusedHandshake(local.url, { subprotocols })
    expect({ status, body }).toEqual({ status: 401, body: '{"message":"Unauthorized"}' })
    expect(connectRuns(local)).toBe(before)
    expect(logOf(local).slice(logBefore)).toContain(`"${metric}":1`)
  })

  it('when it has no token', async () => {
    const before = connectRuns(local)
    expect((await refusedHandshake(local.url)).status).toBe(401)
    expect(connectRuns(local)).toBe(before)
    expect(logOf(local)).toContain('"RefusedNoToken":1')
  })

  it('when it has two, both good', async () => {
    const token = await issuer.sign(ALICE)
    const { status } = await refusedHandshake(local.url, {
      subprotocols: [PROTOCOL, `bearer.${token}`],
      headers: { Authorization: `Bearer ${token}` },
    })
    expect(status).toBe(401)
  })

  it('when its token is in the query, which a property has to allow', async () => {
    const url = `${local.url}?token=${await issuer.sign(ALICE)}`
    expect((await refusedHandshake(url)).status).toBe(401)
  })

  it('when it is from a page that is not listed, although its token is good', async () => {
    const before = connectRuns(local)
    const headers = { Authorization: `Bearer ${await issuer.sign(ALICE)}` }
    const { status } = await refusedHandshake(local.url, { headers, origin: 'https://e.example' })
    expect(status).toBe(403)
    expect(connectRuns(local)).toBe(before)
    expect(logOf(local)).toContain('"RefusedOrigin":1')
    await (await TestClient.connect(local.url, { headers, origin: PAGE })).close()
    expect(connectRuns(local)).toBe(before + 1)
  })

  it('and neither the table nor a log line holds anything of a token', async () => {
    // Who was there before may be leaving still.
    await eventually(async () => (await dumpTable(local)).length === 0)
    const client = await TestClient.connect(local.url, {
      headers: { Authorization: `Bearer ${await issuer.sign({ ...ALICE, sub: 'recognisable' })}` },
    })
    const [item, ...others] = await dumpTable(local)
    expect(others).toEqual([])
    expect(Object.keys(item ?? {})).toEqual(['connectionId', 'expiresAt', 'tat'])
    await client.close()
    // As every token begins: {"alg":
    expect(logOf(local)).not.toMatch(/eyJ|alice|recognisable|e\.example/)
  })
})

it('the function uses all that its role may do, and asks for nothing else', () => {
  const isIts = (arn: string): boolean => arn.includes('AuthorizeFunctionRole')
  const [role, ...others] = [...local.app.roles.values()].filter(({ roleArn }) => isIts(roleArn))
  const calls = local.trace.ofKind('call').filter(({ principalArn }) => isIts(principalArn))
  expect(others).toEqual([])
  expect(calls.filter(({ allowed }) => !allowed)).toEqual([])
  const granted = role?.statements.flatMap(({ actions }) => actions) ?? []
  expect(granted).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents'])
  expect(new Set(calls.map(({ action }) => action))).toEqual(new Set(granted))
})

it('nobody gets in when API Gateway may not ask the function: 500', async () => {
  const { local: other, issuer: its } = await closedStackOfTest(
    inject('closedAssembly'),
    (template) => {
      removeResources(template, 'AWS::Lambda::Permission', (_, id) => id.includes('Authorizer'))
    },
  )
  const headers = { Authorization: `Bearer ${await its.sign(ALICE)}` }
  expect((await refusedHandshake(other.url, { headers })).status).toBe(500)
  expect(connectRuns(other)).toBe(0)
})

it('a token may come in the query when the property allows it, and every client must have an Origin when it says so', async () => {
  const { local: other, issuer: its } = await closedStackOfTest(
    inject('closedAssembly'),
    (template) => {
      setVariable(template, 'QUERY_TOKEN', 'true')
      setVariable(template, 'ALLOW_MISSING_ORIGIN', 'false')
    },
  )
  const url = `${other.url}?token=${await its.sign(ALICE)}`
  expect((await refusedHandshake(url)).status).toBe(403)
  await (await TestClient.connect(url, { origin: PAGE })).close()
})

it('S4: nobody gets in when the keys cannot be had: 500, told in the log', async () => {
  const { local: other, issuer: its } = await closedStackOfTest(inject('closedAssembly'))
  const headers = { Authorization: `Bearer ${await its.sign(ALICE)}` }
  await its.close()
  expect((await refusedHandshake(other.url, { headers })).status).toBe(500)
  expect(connectRuns(other)).toBe(0)
  expect(logOf(other)).toContain('"KeysUnavailable":1')
  expect(logOf(other)).toMatch(/"event":"keys_unavailable","error":"IssuerUnreachable"/)
  expect(logOf(other)).not.toContain('eyJ')
})
