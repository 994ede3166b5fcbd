import { createHash, createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import { describe, expect, it } from 'vitest'
import {
  canonicalHeaders,
  canonicalPath,
  deriveKey,
  escape,
  RequestSigner,
  scopeText,
  toAmzDate,
} from '../../../lambdas/adapters/sigv4.ts'
import { Sha256 } from '../../support/sha256.ts'

// The cases, and their signatures, are those of AWS's Signature Version 4 Test Suite
// (aws-sig-v4-test-suite.zip, which its General Reference offered), but for the ones with a query
// and for those of "normalize-path": a post has no query, and its path comes as it is sent. Each is
// signed by the SDK's signer too.
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const SCOPE = { day: '20150830', region: 'us-east-1', service: 'service' }
const SECOND = Date.UTC(2015, 7, 30, 12, 36, 0) / 1_000
const HOST = 'example.amazonaws.com'
const TOKEN =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=='

interface Vector {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
  readonly signature: string
}

const EMPTY = { method: 'GET', path: '/', headers: [], body: '' } as const
const POST = { ...EMPTY, method: 'POST' } as const
const UTF8_FORM = 'application/x-www-form-urlencoded; charset=utf8'

const VECTORS: readonly Vector[] = [
  {
    ...EMPTY,
    name: 'get-vanilla',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    ...EMPTY,
    name: 'get-header-key-duplicate',
    headers: [
      ['My-Header1', 'value2'],
      ['My-Header1', 'value2'],
      ['My-Header1', 'value1'],
    ],
    signature: 'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  },
  {
    ...EMPTY,
    name: 'get-header-value-order',
    headers: [
      ['My-Header1', 'value4'],
      ['My-Header1', 'value1'],
      ['My-Header1', 'value3'],
      ['My-Header1', 'value2'],
    ],
    signature: '08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01',
  },
  {
    ...EMPTY,
    name: 'get-header-value-trim',
    headers: [
      ['My-Header1', ' value1'],
      ['My-Header2', ' "a   b   c"'],
    ],
    signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  },
  {
    ...EMPTY,
    name: 'get-unreserved',
    path: '/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    signature: '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
  },
  {
    ...EMPTY,
    name: 'get-utf8',
    path: '/ሴ',
    signature: '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85',
  },
  {
    ...EMPTY,
    name: 'get-space',
    path: '/example space/',
    signature: '652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741',
  },
  {
    ...POST,
    name: 'post-vanilla',
    signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  },
  {
    ...POST,
    name: 'post-header-key-sort',
    headers: [['My-Header1', 'value1']],
    signature: 'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
  },
  {
    ...POST,
    name: 'post-header-value-case',
    headers: [['My-Header1', 'VALUE1']],
    signature: 'cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d',
  },
  {
    ...POST,
    name: 'post-sts-header-before',
    headers: [['X-Amz-Security-Token', TOKEN]],
    signature: '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
  },
  {
    // The token is added to the signed request: the signature is of the one without it.
    ...POST,
    name: 'post-sts-header-after',
    signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  },
  {
    ...POST,
    name: 'post-x-www-form-urlencoded',
    headers: [['Content-Type', 'application/x-www-form-urlencoded']],
    body: 'Param1=value1',
    signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  },
  {
    ...POST,
    name: 'post-x-www-form-urlencoded-parameters',
    headers: [['Content-Type', UTF8_FORM]],
    body: 'Param1=value1',
    signature: '1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe',
  },
]

describe('a signature', () => {
  it.each(VECTORS)('of $name is the published one, and the SDK’s', async (vector) => {
    expect(sign(vector)).toBe(vector.signature)
    expect(await signBySdk(vector)).toBe(vector.signature)
  })

  it('is of the request alone, whatever was signed before', () => {
    const signer = new RequestSigner(deriveKey(SECRET, SCOPE), toAmzDate(SECOND), scopeText(SCOPE))
    const first = signer.sign('one')
    signer.sign('another, and longer')
    expect(signer.sign(Buffer.from('one'))).toBe(first)
  })

  // What is hashed twice by hand is HMAC.
  it.each(['', 'one', 'ሴ', 'x'.repeat(1_000)])('of %j is an HMAC', (request) => {
    const key = deriveKey(SECRET, SCOPE)
    const hash = createHash('sha256').update(request).digest('hex')
    const text = `AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\n${hash}`
    expect(new RequestSigner(key, toAmzDate(SECOND), scopeText(SCOPE)).sign(request)).toBe(
      createHmac('sha256', key).update(text).digest('hex'),
    )
  })
})

// "Examples of how to derive a signing key" and "Create a signed AWS API request" in AWS's
// documentation: its ListUsers request to IAM.
describe('the example of AWS’s documentation', () => {
  const scope = { ...SCOPE, service: 'iam' }
  const key = deriveKey(SECRET, scope)

  it('has this key', () => {
    expect(key.toString('hex')).toBe(
      'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9',
    )
  })

  it('has this signature', () => {
    const { lines, signed } = canonicalHeaders([
      ['Host', 'iam.amazonaws.com'],
      ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'],
      ['X-Amz-Date', toAmzDate(SECOND)],
    ])
    const request = `GET\n/\nAction=ListUsers&Version=2010-05-08\n${lines}\n${signed}\n${sha256('')}`
    expect(new RequestSigner(key, toAmzDate(SECOND), scopeText(scope)).sign(request)).toBe(
      '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    )
  })
})

describe('what is escaped', () => {
  it.each([
    { text: 'azAZ09-._~', escaped: 'azAZ09-._~' },
    { text: "!'()*", escaped: '%21%27%28%29%2A' },
    { text: 'a/b=', escaped: 'a%2Fb%3D' },
    { text: 'é', escaped: '%C3%A9' },
    { text: '\ud800', escaped: '%EF%BF%BD' },
  ])('is $text as $escaped', ({ text, escaped }) => {
    expect(escape(text)).toBe(escaped)
  })
})

function sign({ method, path, headers, body }: Vector): string {
  const all = [['Host', HOST], ['X-Amz-Date', toAmzDate(SECOND)], ...headers] as const
  const { lines, signed } = canonicalHeaders(all)
  const request = `${method}\n${canonicalPath(path)}\n\n${lines}\n${signed}\n${sha256(body)}`
  return new RequestSigner(deriveKey(SECRET, SCOPE), toAmzDate(SECOND), scopeText(SCOPE)).sign(
    request,
  )
}

async function signBySdk({ method, path, headers, body }: Vector): Promise<string | undefined> {
  const signer = new SignatureV4({
    service: SCOPE.service,
    region: SCOPE.region,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET },
    sha256: Sha256,
    applyChecksum: false,
  })
  const record: Record<string, string> = { host: HOST }
  for (const [name, value] of headers) {
    record[name] = name in record ? `${record[name]},${value}` : value
  }
  const request = {
    method,
    protocol: 'https:',
    hostname: HOST,
    path,
    headers: record,
    body,
  }
  const signed = await signer.sign(request, { signingDate: new Date(SECOND * 1_000) })
  return /Signature=(\w+)/.exec(signed.headers['authorization'] ?? '')?.[1]
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
