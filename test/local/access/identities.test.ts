import { describe, expect, it } from 'vitest'
import { Identities, type Credentials } from '../../../local/access/identities.ts'
import type { SignedRequest } from '../../../local/access/signature.ts'
import { Clock } from '../../../local/clock.ts'
import { Trace } from '../../../local/trace.ts'
import { signedRequest, type SigningOptions } from '../../support/signed-request.ts'

const ROLE = {
  roleName: 'Chat-Role',
  roleArn: 'arn:aws:iam::000000000000:role/Chat-Role',
  trustedServices: ['lambda.amazonaws.com'],
  statements: [
    { effect: 'Allow', actions: ['dynamodb:*'], resources: ['table'] },
    { effect: 'Deny', actions: ['dynamodb:DeleteTable'], resources: ['*'] },
  ],
} as const
const SESSION = 'arn:aws:sts::000000000000:assumed-role/Chat-Role/handler'

const MINUTE_MS = 60_000

function setUp(): { identities: Identities; clock: Clock; credentials: Credentials } {
  const clock = new Clock()
  const identities = new Identities(new Trace(), clock)
  const [credentials] = identities.assumeRole(ROLE, 'handler')
  return { identities, clock, credentials }
}

describe('the caller of a signed request', () => {
  it.each<[string, SigningOptions]>([
    ['a plain one', { service: 'dynamodb', body: '{"TableName":"Größe"}' }],
    ['no body', { service: 'execute-api', method: 'GET', path: '/prod/@connections/AAAA%3D' }],
    ['an encoded path', { service: 'execute-api', path: '/prod/%40connections/A-_%3D/%C3%BC' }],
    [
      'a path with more slashes than it needs',
      { service: 'execute-api', path: '//prod//a/./b/../' },
    ],
    ['a query', { service: 'sqs', query: { b: '2', a: 'x y', 'a-b': 'ü&=' } }],
    ['other headers', { service: 'dynamodb', headers: { 'X-Amz-Target': ' a   b ', Other: 'x' } }],
  ])('is known: %s', async (_, options) => {
    const { identities, credentials } = setUp()
    const request = await signedRequest(credentials, options)
    expect(identities.authenticate(request, options.service)).toMatchObject({ arn: SESSION })
  })

  it('is the developer, with the developer’s credentials', async () => {
    const { identities } = setUp()
    const request = await signedRequest(identities.administrator(), { service: 'sqs' })
    const caller = identities.authenticate(request, 'sqs')
    expect(caller).toMatchObject({ arn: expect.stringMatching(/:user\/developer$/) })
  })

  it('has credentials of its own in each session', () => {
    const { identities, credentials } = setUp()
    const [second] = identities.assumeRole(ROLE, 'handler')
    expect(credentials.accessKeyId).not.toBe(second.accessKeyId)
    expect(credentials.secretAccessKey).not.toBe(second.secretAccessKey)
  })

  it.each<[string, Partial<SignedRequest>]>([
    ['the body', { body: Buffer.from('other') }],
    ['the method', { method: 'PUT' }],
    ['the path', { url: '/other?a=1' }],
    ['the query', { url: '/path?a=2' }],
    ['a signed header', { headers: { 'x-amz-target': 'other' } }],
  ])('is not known when somebody has changed %s', async (_, change) => {
    const { identities, credentials } = setUp()
    const request = await signedRequest(credentials, {
      service: 'dynamodb',
      path: '/path',
      query: { a: '1' },
      headers: { 'X-Amz-Target': 'mine' },
    })
    const changed = { ...request, ...change, headers: { ...request.headers, ...change.headers } }
    expect(identities.authenticate(request, 'dynamodb')).toMatchObject({ arn: SESSION })
    expect(identities.authenticate(changed, 'dynamodb')).toMatchObject({
      type: 'InvalidSignatureException',
      message: expect.stringContaining('does not match'),
    })
  })

  it('is not known when somebody has added what is to be done', async () => {
    const { identities, credentials } = setUp()
    const request = await signedRequest(credentials, { service: 'dynamodb' })
    const headers = { ...request.headers, 'x-amz-target': 'DynamoDB_20120810.DeleteTable' }
    expect(identities.authenticate({ ...request, headers }, 'dynamodb')).toMatchObject({
      type: 'InvalidSignatureException',
      message: expect.stringContaining("'x-amz-target' must be a 'SignedHeader'"),
    })
  })

  it.each([
    ['none', undefined],
    ['an empty header', ''],
    ['another scheme', 'Basic dXNlcg=='],
    ['half a header', 'AWS4-HMAC-SHA256 Credential=ASIA/20260101/us-east-1/dynamodb/aws4_request'],
  ])('is missing with %s for a signature', async (_, authorization) => {
    const { identities, credentials } = setUp()
    const request = await signedRequest(credentials, { service: 'dynamodb' })
    const unsigned = { ...request, headers: { ...request.headers, authorization } }
    expect(identities.authenticate(unsigned, 'dynamodb')).toMatchObject({
      type: 'MissingAuthenticationTokenException',
    })
  })

  it.each<[string, Partial<Credentials>, string]>([
    ['another key id', { accessKeyId: 'ASIAUNKNOWN' }, 'UnrecognizedClientException'],
    ['a name from the prototype', { accessKeyId: 'constructor' }, 'UnrecognizedClientException'],
    ['another token', { sessionToken: 'other' }, 'UnrecognizedClientException'],
    ['another secret', { secretAccessKey: 'other' }, 'InvalidSignatureException'],
  ])('is not known with %s', async (_, other, type) => {
    const { identities, credentials } = setUp()
    const request = await signedRequest({ ...credentials, ...other }, { service: 'dynamodb' })
    expect(identities.authenticate(request, 'dynamodb')).toMatchObject({ type })
  })

  it.each<[string, SigningOptions]>([
    ['another service', { service: 'execute-api' }],
    ['another region', { service: 'dynamodb', region: 'eu-west-1' }],
  ])('is not known by a signature for %s', async (_, options) => {
    const { identities, credentials } = setUp()
    const request = await signedRequest(credentials, options)
    expect(identities.authenticate(request, 'dynamodb')).toMatchObject({
      type: 'InvalidSignatureException',
      message: expect.stringContaining('scoped'),
    })
  })

  it.each(['constructor', '__proto__', 'toString', 'x-absent'])(
    'is nobody when the header %s is said to be signed, and is not there',
    async (name) => {
      const { identities, credentials } = setUp()
      const request = await signedRequest(credentials, { service: 'sqs' })
      const authorization = String(request.headers['authorization'])
      const headers = {
        ...request.headers,
        authorization: authorization.replace('SignedHeaders=', `SignedHeaders=${name};`),
      }
      expect(identities.authenticate({ ...request, headers }, 'sqs')).toMatchObject({
        type: 'InvalidSignatureException',
      })
    },
  )

  it('is not known any more once its credentials are revoked', async () => {
    const { identities, credentials } = setUp()
    const request = await signedRequest(credentials, { service: 'dynamodb' })
    identities.revoke(credentials)
    expect(identities.authenticate(request, 'dynamodb')).toMatchObject({
      type: 'UnrecognizedClientException',
    })
  })

  it.each([
    [-4, true],
    [4, true],
    [-6, false],
    [6, false],
  ])('with a signature %i minutes off is known: %j', async (minutes, known) => {
    const { identities, credentials } = setUp()
    const at = new Date(Date.now() + minutes * MINUTE_MS)
    const request = await signedRequest(credentials, { service: 'dynamodb', at })
    expect('arn' in identities.authenticate(request, 'dynamodb')).toBe(known)
  })

  it.each(['machine', 'local'])('may sign by the %s clock, when they differ', async (which) => {
    const { identities, clock, credentials } = setUp()
    await clock.advance('1 day')
    const at = new Date(which === 'local' ? clock.now() : Date.now())
    const request = await signedRequest(credentials, { service: 'dynamodb', at })
    expect(identities.authenticate(request, 'dynamodb')).toMatchObject({ arn: SESSION })
  })
})

it.each([
  { action: 'dynamodb:Scan', refused: undefined },
  {
    action: 's3:GetObject',
    refused: `User: ${SESSION} is not authorized to perform: s3:GetObject on resource: table because no identity-based policy allows the s3:GetObject action`,
  },
  {
    action: 'dynamodb:DeleteTable',
    refused: `User: ${SESSION} is not authorized to perform: dynamodb:DeleteTable on resource: table with an explicit deny in an identity-based policy`,
  },
])('callers are judged as AWS does, and traced: $action', ({ action, refused }) => {
  const trace = new Trace()
  const identities = new Identities(trace, new Clock())
  const [, principal] = identities.assumeRole(ROLE, 'handler')
  expect(identities.authorize(principal, action, 'table')).toBe(refused)
  const allowed = refused === undefined
  expect(trace.entries).toEqual([
    { kind: 'call', principalArn: SESSION, action, resource: 'table', allowed },
  ])
})
