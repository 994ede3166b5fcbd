import { CfnWaitConditionHandle, Stack, type App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager'
import { HostedZone } from 'aws-cdk-lib/aws-route53'
import { describe, expect, it } from 'vitest'
import type { DomainSettings } from '../../lib/custom-domain.ts'
import { SwitchboardStack } from '../../lib/index.ts'
import { appWithoutBundles, synthesize } from '../support/synthesize.ts'
import {
  deliveryOf,
  list,
  only,
  record,
  render,
  resourcesOf,
  textsIn,
} from '../support/template.ts'

const CERTIFICATE = 'arn:aws:acm:eu-central-1:111122223333:certificate/example'
const REGIONAL = { name: 'RegionalDomainName', zone: 'RegionalHostedZoneId' }

describe('a custom domain', () => {
  const template = withDomain({})
  const domain = only(template, 'AWS::ApiGatewayV2::DomainName')
  const api = only(template, 'AWS::ApiGatewayV2::Api')

  it('speaks TLS 1.2 with its certificate, over IPv4 and IPv6', () => {
    expect(domain.properties).toEqual({
      DomainName: 'ws.example.com',
      DomainNameConfigurations: [
        {
          CertificateArn: CERTIFICATE,
          EndpointType: 'REGIONAL',
          IpAddressType: 'dualstack',
          SecurityPolicy: 'TLS_1_2',
        },
      ],
    })
  })

  it('leads to the stage', () => {
    const mapping = only(template, 'AWS::ApiGatewayV2::ApiMapping')
    expect(mapping.properties).toEqual({
      ApiId: `\${${api.id}}`,
      DomainName: `\${${domain.id}}`,
      Stage: 'prod',
    })
    const { DependsOn } = record(record(record(template.toJSON())['Resources'])[mapping.id])
    expect(list(DependsOn)).toContain(only(template, 'AWS::ApiGatewayV2::Stage').id)
  })

  it('is where clients connect; pushes take the address that needs no DNS record', () => {
    expect(addresses(template)).toEqual({
      WebSocketUrl: 'wss://ws.example.com',
      CallbackUrl: `https://\${${api.id}}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}/prod`,
      DeliveryQueueUrl: `\${${deliveryOf(template).queue.id}}`,
      DomainTarget: `\${${domain.id}.${REGIONAL.name}}`,
    })
    expect(callbackUrlsOfFunctions(template)).toEqual([addresses(template)['CallbackUrl']])
    expect(api.properties).not.toHaveProperty('DisableExecuteApiEndpoint')
    template.resourceCountIs('AWS::Route53::RecordSet', 0)
  })

  it('has a path of its own, when it says so', () => {
    const other = withDomain({ path: 'chat_1-a' })
    expect(only(other, 'AWS::ApiGatewayV2::ApiMapping').properties).toMatchObject({
      ApiMappingKey: 'chat_1-a',
    })
    expect(addresses(other)['WebSocketUrl']).toBe('wss://ws.example.com/chat_1-a')
  })

  it.each(['', '/chat', 'chat/', 'a/b', 'a b', 'ä'])('has no path like "%s"', (path) => {
    expect(() => withDomain({ path })).toThrow(
      `domain.path: expected letters, digits, - and _, got "${path}"`,
    )
  })

  it.each([
    { path: undefined, callbackUrl: 'https://ws.example.com' },
    { path: 'chat', callbackUrl: 'https://ws.example.com/chat' },
  ])('takes the pushes too when it is the only address: $callbackUrl', ({ path, callbackUrl }) => {
    const closed = withDomain({ ...(path && { path }), disableExecuteApiEndpoint: true })
    expect(only(closed, 'AWS::ApiGatewayV2::Api').properties).toMatchObject({
      DisableExecuteApiEndpoint: true,
    })
    expect(addresses(closed)['CallbackUrl']).toBe(callbackUrl)
    expect(callbackUrlsOfFunctions(closed)).toEqual([callbackUrl])
  })

  it('changes no permission: API Gateway names the API and the stage in it', () => {
    const closed = withDomain({ path: 'chat', disableExecuteApiEndpoint: true })
    const [before, after] = [synthesize(), closed].map((stack) =>
      resourcesOf(stack, 'AWS::IAM::Policy')
        .flatMap(({ properties }) => textsIn(properties))
        .filter((text) => text.includes(':execute-api:')),
    )
    expect(after).toEqual(before)
    expect(after?.length).toBeGreaterThan(0)
  })
})

describe('the records of a custom domain', () => {
  const app = appWithoutBundles()
  const zones = stackForImports(app, 'Zones')
  const hostedZone = HostedZone.fromHostedZoneAttributes(zones, 'Zone', {
    hostedZoneId: 'Z1',
    zoneName: 'example.com',
  })
  const template = withDomain({ hostedZone }, app)
  const { id } = only(template, 'AWS::ApiGatewayV2::DomainName')

  it('are one for IPv4 and one for IPv6 in its zone', () => {
    const records = resourcesOf(template, 'AWS::Route53::RecordSet').map(
      ({ properties }) => properties,
    )
    const AliasTarget = {
      DNSName: `\${${id}.${REGIONAL.name}}`,
      HostedZoneId: `\${${id}.${REGIONAL.zone}}`,
    }
    expect(records).toEqual(
      ['A', 'AAAA'].map((Type) => ({
        Type,
        Name: 'ws.example.com.',
        HostedZoneId: 'Z1',
        AliasTarget,
      })),
    )
  })

  it('leave nothing to be done by hand', () => {
    expect(addresses(template)).not.toHaveProperty('DomainTarget')
  })
})

function withDomain(settings: Partial<DomainSettings>, app = appWithoutBundles()): Template {
  const certificates = stackForImports(app, 'Certificates')
  const domain: DomainSettings = {
    domainName: 'ws.example.com',
    certificate: Certificate.fromCertificateArn(certificates, 'Certificate', CERTIFICATE),
    ...settings,
  }
  return Template.fromStack(new SwitchboardStack(app, 'Switchboard', { authorizer: null, domain }))
}

/** What is imported needs a stack, and a stack a resource. */
function stackForImports(app: App, id: string): Stack {
  const stack = new Stack(app, id)
  new CfnWaitConditionHandle(stack, 'Resource')
  return stack
}

/** The stack's outputs. */
function addresses(template: Template): Record<string, unknown> {
  const outputs = Object.entries(record(render(template.findOutputs('*'))))
  return Object.fromEntries(outputs.map(([name, output]) => [name, record(output)['Value']]))
}

/** Each once. */
function callbackUrlsOfFunctions(template: Template): unknown[] {
  const urls = resourcesOf(template, 'AWS::Lambda::Function').flatMap(({ properties }) => {
    const { CALLBACK_URL } = record(record(properties['Environment'])['Variables'])
    return CALLBACK_URL === undefined ? [] : [CALLBACK_URL]
  })
  expect(urls).toHaveLength(4)
  return [...new Set(urls)]
}
