import { describe, expect, it } from 'vitest'
import { Identities, type Credentials } from '../../../local/access/identities.ts'
import { Trace } from '../../../local/trace.ts'

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

describe('identities', () => {
  it('are found by what they sign with', () => {
    const identities = new Identities(new Trace())
    const [credentials, principal] = identities.assumeRole(ROLE, 'handler')
    expect(principal.arn).toBe(SESSION)
    expect(identities.find(authorizationOf(credentials))).toBe(principal)
    const administrator = identities.administrator()
    expect(identities.find(authorizationOf(administrator))?.arn).toMatch(/:user\/developer$/)
  })

  it('have credentials of their own for each session', () => {
    const identities = new Identities(new Trace())
    const [first] = identities.assumeRole(ROLE, 'handler')
    const [second] = identities.assumeRole(ROLE, 'handler')
    expect(first.accessKeyId).not.toBe(second.accessKeyId)
    expect(first.secretAccessKey).not.toBe(second.secretAccessKey)
  })

  it.each([
    undefined,
    '',
    'Basic dXNlcg==',
    'AWS4-HMAC-SHA256 Credential=ASIAUNKNOWN/20260101/us-east-1/dynamodb/aws4_request',
    'AWS4-HMAC-SHA256 Credential=constructor/20260101/us-east-1/dynamodb/aws4_request',
  ])('are not found by %j', (authorization) => {
    expect(new Identities(new Trace()).find(authorization)).toBeUndefined()
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
  ])('are judged as AWS does, and traced: $action', ({ action, refused }) => {
    const trace = new Trace()
    const identities = new Identities(trace)
    const [, principal] = identities.assumeRole(ROLE, 'handler')
    expect(identities.authorize(principal, action, 'table')).toBe(refused)
    expect(trace.entries).toEqual([
      {
        kind: 'call',
        principalArn: SESSION,
        action,
        resource: 'table',
        allowed: refused === undefined,
      },
    ])
  })
})

function authorizationOf({ accessKeyId }: Credentials): string {
  const scope = `${accessKeyId}/20260101/us-east-1/dynamodb/aws4_request`
  return `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=00`
}
