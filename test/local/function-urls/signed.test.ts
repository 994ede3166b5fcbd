import { describe, expect, it } from 'vitest'
import type { Statement } from '../../../local/access/policy.ts'
import { Session } from '../../../local/access/session.ts'
import {
  ARN,
  BY_ANY,
  BY_URL,
  FORBIDDEN,
  PUBLIC,
  TestUrl,
  type Properties,
} from '../../support/function-url.ts'
import { signedFetch } from '../../support/signed-fetch.ts'

/** As CDK's `grantInvokeUrl` writes it. */
function grant(authType = 'AWS_IAM'): Statement[] {
  const condition = { quantifier: undefined, ifExists: false } as const
  return [
    {
      effect: 'Allow',
      actions: ['lambda:InvokeFunctionUrl'],
      resources: [ARN],
      conditions: [
        {
          ...condition,
          operator: 'StringEquals',
          key: 'lambda:functionurlauthtype',
          values: [authType],
        },
      ],
    },
    {
      effect: 'Allow',
      actions: ['lambda:InvokeFunction'],
      resources: [ARN],
      conditions: [
        { ...condition, operator: 'Bool', key: 'lambda:invokedviafunctionurl', values: ['true'] },
      ],
    },
  ]
}

describe('a function URL for signed requests', () => {
  it('lets the developer call, and a role with both permissions', async () => {
    const target = await TestUrl.start()
    for (const credentials of [target.identities.administrator(), target.role(grant())]) {
      const answer = await signedFetch(`${target.url}a/b?c=d`, credentials, {
        method: 'POST',
        body: '{}',
      })
      expect([answer.status, await answer.text()]).toEqual([200, 'done'])
    }
    expect(target.trace.ofKind('call').slice(2)).toEqual(
      ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction'].map((action) => ({
        kind: 'call',
        principalArn: 'arn:aws:sts::000000000000:assumed-role/Caller/it',
        action,
        resource: ARN,
        allowed: true,
      })),
    )
  })

  it.each<[string, () => Statement[]]>([
    ['no permission', () => []],
    ['one for the URL alone', () => grant().slice(0, 1)],
    ['one for the function alone', () => grant().slice(1)],
    ['one for URLs that are public', () => grant('NONE')],
    ['one for another function', () => grant().map((one) => ({ ...one, resources: [`${ARN}-2`] }))],
  ])('refuses a role with %s', async (_, statements) => {
    const target = await TestUrl.start()
    const answer = await signedFetch(target.url, target.role(statements()))
    expect([answer.status, await answer.json()]).toEqual([403, FORBIDDEN])
    expect(answer.headers.get('x-amzn-errortype')).toBe('AccessDeniedException')
    expect(target.events).toEqual([])
    expect(target.trace.ofKind('call').at(-1)?.allowed).toBe(false)
  })

  it.each<[string, Properties[], number]>([
    ['for its role', both({ Principal: 'arn:aws:iam::000000000000:role/Caller' }), 200],
    ['for everybody', both({ Principal: '*' }), 200],
    ['for another role', both({ Principal: 'arn:aws:iam::000000000000:role/Other' }), 403],
    ['that leaves it to the account', both({ Principal: '000000000000' }), 403],
    ['for a service', both({ Principal: 'cloudfront.amazonaws.com' }), 403],
    ['for a source', both({ Principal: '*', SourceArn: 'arn:aws:s3:::a' }), 403],
    ['for public URLs alone', PUBLIC, 403],
  ])('asks the function’s permissions, too: one %s', async (_, permissions, status) => {
    const target = await TestUrl.start('AWS_IAM', permissions)
    expect((await signedFetch(target.url, target.role([]))).status).toBe(status)
  })

  it('has a denial win over both', async () => {
    const target = await TestUrl.start('AWS_IAM', both({ Principal: '*' }))
    const denial: Statement = {
      effect: 'Deny',
      actions: ['lambda:InvokeFunctionUrl'],
      resources: ['*'],
    }
    expect((await signedFetch(target.url, target.role([...grant(), denial]))).status).toBe(403)
  })

  it('refuses who does not sign, signs for another service or sends something else', async () => {
    const target = await TestUrl.start('AWS_IAM', both({ Principal: '*' }))
    const developer = target.identities.administrator()
    const unsigned = await fetch(target.url)
    expect([unsigned.status, await unsigned.json()]).toEqual([403, FORBIDDEN])
    const elsewhere = await signedFetch(target.url, developer, { service: 'execute-api' })
    expect([elsewhere.status, await elsewhere.json()]).toEqual([
      403,
      { message: "Credential should be scoped to correct service: 'lambda'." },
    ])
    const changed = { method: 'POST', body: 'a', sentBody: 'b' }
    const other = await signedFetch(target.url, developer, changed)
    expect(other.headers.get('x-amzn-errortype')).toBe('InvalidSignatureException')
    target.identities.revoke(developer)
    const revoked = await signedFetch(target.url, developer)
    expect([revoked.status, await revoked.json()]).toEqual([
      403,
      { message: 'The security token included in the request is invalid.' },
    ])
    expect(target.events).toEqual([])
  })

  it('tells the function who has signed', async () => {
    const target = await TestUrl.start()
    const credentials = target.role(grant())
    await signedFetch(target.url, credentials)
    expect(target.event()).toMatchObject({
      requestContext: {
        accountId: '000000000000',
        authorizer: {
          iam: {
            accessKey: credentials.accessKeyId,
            accountId: '000000000000',
            callerId: expect.stringMatching(/^AROA[0-9A-F]{17}:it$/),
            cognitoIdentity: null,
            principalOrgId: null,
            userArn: 'arn:aws:sts::000000000000:assumed-role/Caller/it',
            userId: expect.stringMatching(/^AROA/),
          },
        },
      },
    })
  })

  it('reports a call that a function makes after it has returned', async () => {
    const target = await TestUrl.start()
    const session = new Session('Caller', target.trace)
    session.handlerReturns()
    await signedFetch(target.url, target.role(grant(), session))
    expect(target.trace.ofKind('afterReturn')).toEqual([
      {
        kind: 'afterReturn',
        functionName: 'Caller',
        action: 'lambda:InvokeFunctionUrl',
        resource: ARN,
      },
    ])
  })
})

/** The same for both actions. */
function both(more: Properties): Properties[] {
  return [
    { ...BY_URL, ...more },
    { ...BY_ANY, ...more },
  ]
}
