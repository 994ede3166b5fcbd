import { describe, expect, it } from 'vitest'
import { UnsupportedError } from '../../../local/errors.ts'
import { localVariables } from '../../../local/local-variables.ts'
import { readApp } from '../../../local/template/read-app.ts'
import { assemblyOf, chatWith } from '../../support/assembly.ts'

const DOMAIN = {
  Type: 'AWS::ApiGatewayV2::DomainName',
  Properties: {
    DomainName: 'WS.example.com',
    DomainNameConfigurations: [{ CertificateArn: { Ref: 'Certificate' } }],
  },
}
const CERTIFICATE = { Type: 'AWS::CertificateManager::Certificate' }
const RECORD = {
  Type: 'AWS::Route53::RecordSet',
  Properties: { AliasTarget: { DNSName: { 'Fn::GetAtt': ['Domain', 'RegionalDomainName'] } } },
}

interface Given {
  readonly mapping?: Readonly<Record<string, unknown>>
  readonly domain?: Readonly<Record<string, unknown>>
  readonly disabled?: boolean
  readonly variables?: Readonly<Record<string, unknown>>
  readonly ignore?: readonly string[]
}

/** The least app with a custom domain. */
function app({ mapping, domain, disabled = false, variables = {}, ignore = [] }: Given = {}) {
  const { Api } = chatWith('Api', { DisableExecuteApiEndpoint: disabled })
  const Properties = { ApiId: { Ref: 'Api' }, Stage: { Ref: 'Stage' } }
  const resources = {
    ...chatWith('Handler', { Environment: { Variables: variables } }),
    ...(Api && { Api }),
    Certificate: CERTIFICATE,
    Domain: { ...DOMAIN, Properties: { ...DOMAIN.Properties, ...domain } },
    Record: RECORD,
    Mapping: {
      Type: 'AWS::ApiGatewayV2::ApiMapping',
      Properties: { ...Properties, DomainName: { Ref: 'Domain' }, ...mapping },
    },
  }
  return readApp(assemblyOf(resources), ignore)
}

const ADDRESSES = {
  port: 3001,
  dynamodbUrl: 'http://d',
  queuesUrl: 'http://q',
  functionUrls: new Map<string, string>(),
}

describe('a custom domain', () => {
  it('leads to the stage, with a key or without one', () => {
    expect(app().api.mappings).toEqual([{ domainName: 'ws.example.com', key: '' }])
    const { api } = app({ mapping: { ApiMappingKey: 'chat' }, disabled: true })
    expect(api.mappings).toEqual([{ domainName: 'ws.example.com', key: 'chat' }])
    expect(api.endpointIsDisabled).toBe(true)
  })

  it('may be ignored, and its mapping leads nowhere then', () => {
    expect(app({ ignore: ['AWS::ApiGatewayV2::DomainName'] }).api.mappings).toEqual([])
  })

  it.each<[string, Given, string, string]>([
    [
      'a stage that is not there',
      { mapping: { Stage: 'test' } },
      'Resources/Mapping/Properties/Stage',
      'there is no stage test',
    ],
    [
      'certificates of the clients',
      { domain: { MutualTlsAuthentication: {} } },
      'Resources/Domain/Properties/MutualTlsAuthentication',
      'not supported locally',
    ],
    [
      'no domain, and no endpoint either',
      { disabled: true, ignore: ['AWS::ApiGatewayV2::ApiMapping'] },
      'Resources/Api/Properties/DisableExecuteApiEndpoint',
      'nobody could connect',
    ],
  ])('is refused with %s', (_, given, path, reason) => {
    expect(() => app(given)).toThrowError(UnsupportedError)
    expect(() => app(given)).toThrowError(`${path}: `)
    expect(() => app(given)).toThrowError(reason)
  })
})

describe('a variable', () => {
  it.each([
    ['https://ws.example.com/chat', 'http://127.0.0.1:3001/chat'],
    ['HTTPS://WS.example.com', 'http://127.0.0.1:3001'],
    ['wss://ws.example.com/chat', 'ws://127.0.0.1:3001/chat'],
    ['ws.example.com', 'localhost:3001'],
    ['a=ws.example.com,b=ws.example.com.', 'a=localhost:3001,b=localhost:3001.'],
    ['https://app.ws.example.com', 'https://app.ws.example.com'],
    ['https://ws.example.com.evil.org', 'https://ws.example.com.evil.org'],
    ['me@ws.example.com', 'me@ws.example.com'],
    ['https://wsxexample.com', 'https://wsxexample.com'],
  ])('that names the domain leads here: %s', (value, local) => {
    const given = app({ variables: { URL: value } })
    const [fn] = given.functions

    expect(fn && localVariables(fn, given, ADDRESSES)['URL']).toBe(local)
  })

  it('that names the API’s own endpoint leads here, too', () => {
    const variables = {
      CALLBACK: { 'Fn::Sub': 'https://${Api}.execute-api.${AWS::Region}.amazonaws.com/prod' },
      ENDPOINT: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] },
      QUEUE: 'https://sqs.us-east-1.amazonaws.com/000000000000/jobs',
    }
    const given = app({ variables })
    const [fn] = given.functions

    expect(fn && localVariables(fn, given, ADDRESSES)).toEqual({
      CALLBACK: 'http://127.0.0.1:3001/prod',
      ENDPOINT: 'ws://127.0.0.1:3001',
      QUEUE: 'http://q/000000000000/jobs',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://d',
      AWS_ENDPOINT_URL_SQS: 'http://q',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://q',
    })
  })
})
