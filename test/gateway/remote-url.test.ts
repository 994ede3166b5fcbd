import { describe, expect, it } from 'vitest'
import { readRemoteUrl } from './remote-url.ts'

const AWS = 'wss://a1b2c3.execute-api.eu-central-1.amazonaws.com/test'

describe('the URL of a stage', () => {
  it.each([AWS, `${AWS}/`])('says of %s where everything is', (text) => {
    expect(readRemoteUrl(text, 'us-east-1')).toEqual({
      url: AWS,
      callbackUrl: 'https://a1b2c3.execute-api.eu-central-1.amazonaws.com/test',
      region: 'eu-central-1',
      apiId: 'a1b2c3',
    })
  })

  it('takes the region from elsewhere for a host that is not AWS’s own', () => {
    expect(readRemoteUrl('ws://localhost:3001/test', 'us-east-1')).toEqual({
      url: 'ws://localhost:3001/test',
      callbackUrl: 'http://localhost:3001/test',
      region: 'us-east-1',
      apiId: undefined,
    })
  })

  it.each([undefined, '', 'wss://', `${AWS}/more`, `${AWS}?a=b`, AWS.replace('wss', 'https')])(
    'refuses %s, and says what to set',
    (text) => {
      expect(() => readRemoteUrl(text, 'us-east-1')).toThrow(/Set SWITCHBOARD_TEST_URL to the URL/)
    },
  )
})
