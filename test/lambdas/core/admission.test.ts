import {
  array,
  assert,
  asyncProperty,
  boolean,
  constantFrom,
  dictionary,
  oneof,
  option,
  record,
  string,
} from 'fast-check'
import { describe, expect, it } from 'vitest'
import { admit, type Tokens, type Verification } from '../../../lambdas/core/admission.ts'
import { cases } from '../../property/cases.ts'

const APP = 'https://app.example'
const origins = { allowed: new Set([APP]), allowMissing: true }
const IDENTITY = { user: 'alice', expiresAt: 1_767_225_600 }

function tokens(verification: Verification): Tokens & { readonly asked: string[] } {
  const asked: string[] = []
  const verify = (token: string): Promise<Verification> => {
    asked.push(token)
    return Promise.resolve(verification)
  }
  return { verify, asked, inQuery: true }
}

const VALID = { outcome: 'valid', identity: IDENTITY } as const
const BEARER = { Authorization: 'Bearer a.b.c' }

describe('a handshake', () => {
  it('is admitted as whom its token vouches for', async () => {
    const verifier = tokens(VALID)
    const admission = await admit({ headers: BEARER }, { origins, tokens: verifier })
    expect(admission).toEqual({ admitted: true, identity: IDENTITY })
    expect(verifier.asked).toEqual(['a.b.c'])
  })

  it('is admitted as nobody when only its origin is asked for', async () => {
    const admission = await admit({ headers: { Origin: APP } }, { origins, tokens: undefined })
    expect(admission).toEqual({ admitted: true, identity: undefined })
  })

  it('is refused for its origin before anybody looks at its token', async () => {
    const verifier = tokens(VALID)
    const handshake = { headers: { ...BEARER, Origin: 'https://evil.example' } }
    const admission = await admit(handshake, { origins, tokens: verifier })
    expect(admission).toEqual({ admitted: false, because: 'origin' })
    expect(verifier.asked).toEqual([])
  })

  it.each([
    [{}, 'noToken'],
    [{ ...BEARER, 'Sec-WebSocket-Protocol': 'bearer.a.b.c' }, 'token'],
  ])(
    'is refused without a look at its token when there is not one: %j',
    async (headers, because) => {
      const verifier = tokens(VALID)
      const admission = await admit({ headers }, { origins, tokens: verifier })
      expect(admission).toEqual({ admitted: false, because })
      expect(verifier.asked).toEqual([])
    },
  )

  it.each([
    ['invalid', 'token'],
    ['expired', 'expiredToken'],
  ] as const)('is refused when its token is %s', async (outcome, because) => {
    const rules = { origins, tokens: tokens({ outcome }) }
    expect(await admit({ headers: BEARER }, rules)).toEqual({ admitted: false, because })
  })

  it('is refused when nobody knows', async () => {
    const error = new Error('no keys')
    const rules = { origins, tokens: tokens({ outcome: 'unavailable', error }) }
    const refusal = { admitted: false, because: 'keys', error }
    expect(await admit({ headers: BEARER }, rules)).toEqual(refusal)
  })
})

describe('whatever a client sends', () => {
  const name = oneof(
    constantFrom('Origin', 'origin', 'Authorization', 'Sec-WebSocket-Protocol', '__proto__'),
    string(),
  )
  const value = oneof(
    constantFrom(APP, 'Bearer good', 'bearer.good', 'switchboard.v1, bearer.good', 'good'),
    string(),
  )
  const single = option(dictionary(name, value))
  const multi = option(dictionary(name, array(value)))
  const handshakes = record(
    {
      headers: single,
      multiValueHeaders: multi,
      queryStringParameters: single,
      multiValueQueryStringParameters: multi,
    },
    { requiredKeys: [] },
  )

  it('it is admitted with the one good token and a good origin, or refused with a reason', async () => {
    const verify = (token: string): Promise<Verification> =>
      Promise.resolve(token === 'good' ? VALID : { outcome: 'invalid' })
    const reasons = new Set<string>()
    await assert(
      asyncProperty(handshakes, boolean(), async (handshake, inQuery) => {
        const admission = await admit(handshake, { origins, tokens: { verify, inQuery } })
        reasons.add(admission.admitted ? 'admitted' : admission.because)
        const sent = JSON.stringify(handshake)
        if (admission.admitted) expect(sent).toContain('good')
        else expect(['origin', 'noToken', 'token']).toContain(admission.because)
      }),
      cases(1_000),
    )
    // It has seen all of them.
    expect([...reasons].toSorted()).toEqual(['admitted', 'noToken', 'origin', 'token'])
  })
})
