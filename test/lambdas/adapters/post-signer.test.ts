import { describe, expect, it } from 'vitest'
import { PostSigner, type Credentials } from '../../../lambdas/adapters/post-signer.ts'
import { signBySdk } from '../../support/sign-by-sdk.ts'

const HOST = 'abcdefghij.execute-api.eu-west-1.amazonaws.com'
const PLACE = { region: 'eu-west-1', host: HOST, basePath: '/prod' }
const ID = 'L0SM9cOFvHcCIhw='
const NOON = new Date('2026-01-31T12:00:00.000Z')

// AWS's own example.
const USER: Credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}
const ROLE: Credentials = { ...USER, accessKeyId: 'ASIAEXAMPLE', sessionToken: 'a/b+c==' }

describe('a signed post', () => {
  it('has the path and the headers that AWS wants', () => {
    const request = new PostSigner(PLACE).sign(ID, '{"data":"✓"}', ROLE, NOON)
    const { path, headers, body } = read(request)
    expect(path).toBe('/prod/@connections/L0SM9cOFvHcCIhw%3D')
    expect(body).toEqual(Buffer.from('{"data":"✓"}'))
    expect(headers).toEqual({
      'content-type': 'application/octet-stream',
      host: HOST,
      'x-amz-date': '20260131T120000Z',
      'x-amz-security-token': 'a/b+c==',
      'content-length': '14',
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE\/20260131\/eu-west-1\/execute-api\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=[\da-f]{64}$/,
      ),
    })
  })

  // Computed from the published algorithm by a program in another language.
  it('has the signature that was computed elsewhere', () => {
    const signer = new PostSigner({
      region: 'us-east-1',
      host: 'abcdefghij.execute-api.us-east-1.amazonaws.com',
      basePath: '/prod',
    })
    const date = new Date('2015-08-30T12:36:00Z')
    expect(signer.sign(ID, '{"data":"✓"}', USER, date)).toContain(
      'Signature=5c960fe0d736e2d373625ba6ab81f878a2721166d7031d2eec836c5276c59093\r\n',
    )
  })

  it.each([ID, 'K_9Zn1s4VriE95k=', '-_=', '=', 'A', 'A==', "a+b/c d!'()*~é%3D", 'x'.repeat(128)])(
    'is signed for the connection %j as the SDK signs it',
    async (connectionId) => {
      await expectSignedAsBySdk(new PostSigner(PLACE), { connectionId })
    },
  )

  it.each([
    { kind: 'an empty frame', frame: '' },
    { kind: 'JSON', frame: '{"data":"hi"}' },
    { kind: 'characters of two to four bytes', frame: 'é ✓ 😀' },
    { kind: 'half a surrogate pair', frame: '\ud800' },
    { kind: 'the longest frame', frame: 'x'.repeat(131_072) },
  ])('is signed with $kind as the SDK signs it', async ({ frame }) => {
    await expectSignedAsBySdk(new PostSigner(PLACE), { frame })
  })

  it.each([
    { ...PLACE, basePath: '' },
    { ...PLACE, basePath: '/a%20stage/v%201' },
    { ...PLACE, host: '127.0.0.1:3001' },
    { ...PLACE, region: 'ap-southeast-2' },
  ])('is signed for $host$basePath in $region as the SDK signs it', async (place) => {
    await expectSignedAsBySdk(new PostSigner(place), { place })
  })
})

describe('a post that cannot be sent as it is', () => {
  it.each(['\ud800', 'a\udc00=', '\r\n\r\n', ''])('to %j breaks nothing', (connectionId) => {
    const request = new PostSigner(PLACE).sign(connectionId, 'frame', ROLE, NOON)
    const { path, headers, body } = read(request)
    expect(path).toMatch(/^\/prod\/@connections\/[\w%-]*$/)
    expect(headers).toHaveProperty('authorization')
    expect(body).toEqual(Buffer.from('frame'))
  })

  it.each<Credentials>([
    { ...ROLE, sessionToken: 'token\n' },
    { ...ROLE, sessionToken: 'a\r\nX-Other: b' },
    { ...ROLE, accessKeyId: 'é' },
  ])('with $sessionToken is refused, and the secret not told', (credentials) => {
    const sign = () => new PostSigner(PLACE).sign(ID, 'frame', credentials, NOON)
    expect(sign).toThrow(/^the [\w-]+ header would have a forbidden character$/)
  })

  it.each(['/a stage', '/a\r\nHost: x', '/é'])('under %j is refused', (basePath) => {
    expect(() => new PostSigner({ ...PLACE, basePath })).toThrow('is not escaped')
  })
})

// One signer each: what it has kept of the post before must not get into the next.
describe('a signer that goes on', () => {
  it.each<{ what: string; before: Partial<Post>; after: Partial<Post> }>([
    { what: 'another connection', before: {}, after: { connectionId: 'M0SM9cOFvHcCIhw=' } },
    { what: 'a shorter id', before: {}, after: { connectionId: 'Other=' } },
    { what: 'an id of another kind', before: {}, after: { connectionId: 'é' } },
    { what: 'another frame', before: {}, after: { frame: 'other' } },
    { what: 'the next second', before: {}, after: { now: new Date(NOON.getTime() + 1_000) } },
    {
      what: 'the next day',
      before: { now: new Date('2026-01-31T23:59:59.999Z') },
      after: { now: new Date('2026-02-01T00:00:00.000Z') },
    },
    {
      what: 'new credentials within the second',
      before: { credentials: ROLE },
      after: { credentials: { ...ROLE, accessKeyId: 'ASIANEXT', secretAccessKey: 'next' } },
    },
    {
      what: 'a new session token',
      before: { credentials: ROLE },
      after: { credentials: { ...ROLE, sessionToken: 'next' } },
    },
    { what: 'no session token', before: { credentials: ROLE }, after: { credentials: USER } },
    { what: 'a session token', before: { credentials: USER }, after: { credentials: ROLE } },
  ])('signs $what as the SDK does', async ({ before, after }) => {
    const signer = new PostSigner(PLACE)
    await expectSignedAsBySdk(signer, before)
    await expectSignedAsBySdk(signer, after)
    await expectSignedAsBySdk(signer, before)
  })

  it('says the same within a second', () => {
    const signer = new PostSigner(PLACE)
    const first = signer.sign(ID, 'frame', ROLE, NOON)
    expect(signer.sign(ID, 'frame', ROLE, new Date(NOON.getTime() + 999))).toEqual(first)
  })
})

interface Post {
  readonly place: typeof PLACE
  readonly connectionId: string
  readonly frame: string
  readonly credentials: Credentials
  readonly now: Date
}

async function expectSignedAsBySdk(signer: PostSigner, fields: Partial<Post>): Promise<void> {
  const { place, connectionId, frame, credentials, now } = { ...DEFAULTS, ...fields }
  const { region, host } = place
  const { path, headers, body } = read(signer.sign(connectionId, frame, credentials, now))
  expect(body).toEqual(Buffer.from(frame))
  expect(headers).toMatchObject({
    'content-length': String(Buffer.byteLength(frame)),
    authorization: await signBySdk({ region, host, path, frame, credentials, date: now }),
  })
}

const DEFAULTS: Post = {
  place: PLACE,
  connectionId: ID,
  frame: '{"data":"hi"}',
  credentials: ROLE,
  now: NOON,
}

interface ReadRequest {
  readonly path: string
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}

/** Of a request as it goes over the wire. */
function read(request: string): ReadRequest {
  const end = request.indexOf('\r\n\r\n')
  const [requestLine = '', ...lines] = request.slice(0, end).split('\r\n')
  return {
    path: /^POST (\S+) HTTP\/1\.1$/.exec(requestLine)?.[1] ?? '',
    headers: Object.fromEntries(
      lines.map((line) => {
        const [, name = '', value = ''] = /^([\w-]+): (.*)$/.exec(line) ?? []
        return [name.toLowerCase(), value]
      }),
    ),
    body: Buffer.from(request.slice(end + 4), 'latin1'),
  }
}
