import { RemovalPolicy } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { describe, expect, it } from 'vitest'
import { Switchboard, type SwitchboardProps } from '../../lib/index.ts'
import { stackWith, synthesize } from '../support/synthesize.ts'
import { list, only, record, render, resourcesOf, tableOf, textsIn } from '../support/template.ts'

describe('the stage name', () => {
  const template = synthesize({ stageName: 'live' })

  it('is in both addresses', () => {
    const outputs = textsIn(render(template.findOutputs('*')))
    expect(outputs.filter((text) => text.includes('://'))).toEqual([
      expect.stringMatching(/^wss:.*\/live$/),
      expect.stringMatching(/^https:.*\/live$/),
    ])
  })

  it('is in every grant and permission', () => {
    const arns = ['AWS::IAM::Policy', 'AWS::Lambda::Permission']
      .flatMap((type) => resourcesOf(template, type))
      .flatMap(({ properties }) => textsIn(properties))
      .filter((text) => text.includes(':execute-api:'))
    const endings = arns.map((arn) => arn.slice(arn.lastIndexOf('}')))
    expect(endings.toSorted()).toEqual(
      [
        '}/live/$connect',
        '}/live/$default',
        '}/live/$disconnect',
        ...Array.from({ length: 3 }, () => '}/live/DELETE/@connections/*'),
        ...Array.from({ length: 4 }, () => '}/live/POST/@connections/*'),
        '}/live/join',
        '}/live/leave',
        '}/live/members',
        '}/live/sendmessage',
      ].toSorted(),
    )
  })

  it('is in the environment of what posts', () => {
    const urls = resourcesOf(template, 'AWS::Lambda::Function')
      .flatMap(({ properties }) => textsIn(properties['Environment']))
      .filter((text) => text.startsWith('https:'))
    expect(urls).toHaveLength(4)
    for (const url of urls) expect(url).toMatch(/\/live$/)
  })
})

describe('the other properties', () => {
  const template = synthesize({
    removalPolicy: RemovalPolicy.RETAIN,
    pointInTimeRecovery: true,
    logRetention: RetentionDays.ONE_WEEK,
  })
  const table = tableOf(template, 'Connections')

  it('keep the table when they say so', () => {
    expect(table.deletionPolicy).toBe('Retain')
  })

  it('make the table restorable when they say so', () => {
    expect(table.properties['Replicas']).toEqual([
      expect.objectContaining({
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    ])
  })

  it('say how long every log is kept, which still goes with the stack', () => {
    const groups = resourcesOf(template, 'AWS::Logs::LogGroup')
    expect(groups).toHaveLength(7)
    for (const group of groups) {
      expect(group).toMatchObject({ properties: { RetentionInDays: 7 }, deletionPolicy: 'Delete' })
    }
  })
})

describe('the rate limit', () => {
  const limits = (props: Pick<SwitchboardProps, 'rateLimit'>): unknown[] =>
    resourcesOf(synthesize(props), 'AWS::Lambda::Function').flatMap(({ properties }) => {
      const variables = record(record(properties['Environment'])['Variables'])
      const { MESSAGES_PER_SECOND: rate, MESSAGE_BURST: burst } = variables
      return rate === undefined ? [] : [[rate, burst]]
    })
  /** How many functions may change a connection's item. */
  const takers = (props: Pick<SwitchboardProps, 'rateLimit'>): number => {
    const template = synthesize(props)
    const { id } = tableOf(template, 'Connections')
    return resourcesOf(template, 'AWS::IAM::Policy')
      .flatMap(({ properties }) => list(record(properties['PolicyDocument'])['Statement']))
      .filter((statement) => {
        const texts = textsIn(statement)
        return texts.includes('dynamodb:UpdateItem') && texts.includes(`\${${id}.Arn}`)
      }).length
  }

  it('is that of all functions that take messages', () => {
    const rateLimit = { messagesPerSecond: 0.5, burst: 3 }
    expect(limits({ rateLimit })).toEqual([
      ['0.5', '3'],
      ['0.5', '3'],
      ['0.5', '3'],
    ])
    expect(takers({ rateLimit })).toBe(3)
  })

  it('may be left out, and its permission with it', () => {
    expect(limits({ rateLimit: null })).toEqual([
      ['0', '0'],
      ['0', '0'],
      ['0', '0'],
    ])
    expect(takers({ rateLimit: null })).toBe(0)
  })

  it.each([
    {
      messagesPerSecond: 0,
      burst: 1,
      message: 'rateLimit.messagesPerSecond: expected a number from 0.01',
    },
    { messagesPerSecond: -1, burst: 1, message: 'got -1' },
    { messagesPerSecond: 1_001, burst: 1, message: 'to 1000, got 1001' },
    { messagesPerSecond: Number.NaN, burst: 1, message: 'got NaN' },
    { messagesPerSecond: 1, burst: 0, message: 'rateLimit.burst: expected a whole number from 1' },
    { messagesPerSecond: 1, burst: 1.5, message: 'got 1.5' },
    { messagesPerSecond: 50, burst: 10_001, message: 'to 10000, got 10001' },
    { messagesPerSecond: 0.009, burst: 1, message: 'from 0.01 to 1000, got 0.009' },
    { messagesPerSecond: 1, burst: 301, message: 'expected at most 300, what 1 a second give' },
  ])('is refused when it is none: $messagesPerSecond, $burst', ({ message, ...rateLimit }) => {
    expect(() => limits({ rateLimit })).toThrow(message)
  })

  it.each([
    { messagesPerSecond: 1_000, burst: 10_000 },
    { messagesPerSecond: 0.01, burst: 3 },
    { messagesPerSecond: 1, burst: 300 },
  ])('may be $messagesPerSecond, $burst', (rateLimit) => {
    expect(limits({ rateLimit })).toHaveLength(3)
  })
})

describe('a Switchboard in another stack', () => {
  it('adds no output and no metadata of its own', () => {
    const template = Template.fromStack(stackWith({ Realtime: {} }))
    expect(template.findOutputs('*')).toEqual({})
    expect(record(template.toJSON())).not.toHaveProperty('Metadata')
  })

  it('gives its addresses to that stack', () => {
    const stack = stackWith({})
    const switchboard = new Switchboard(stack, 'Realtime', { authorizer: null })
    const { id } = only(Template.fromStack(stack), 'AWS::ApiGatewayV2::Api')
    const host = `\${${id}}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}`
    const { webSocketUrl, callbackUrl } = switchboard
    expect(render(stack.resolve({ webSocketUrl, callbackUrl }))).toEqual({
      webSocketUrl: `wss://${host}/prod`,
      callbackUrl: `https://${host}/prod`,
    })
  })

  it('stands beside a second one, and neither may touch the other', () => {
    const template = Template.fromStack(stackWith({ Blue: {}, Green: { stageName: 'green' } }))
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 2)
    template.resourceCountIs('AWS::Lambda::Function', 12)
    const granted = [
      ...resourcesOf(template, 'AWS::IAM::Policy'),
      ...resourcesOf(template, 'AWS::Lambda::Permission'),
      ...resourcesOf(template, 'AWS::ApiGatewayV2::Route'),
      ...resourcesOf(template, 'AWS::ApiGatewayV2::Integration'),
      ...resourcesOf(template, 'AWS::Lambda::Function'),
      ...resourcesOf(template, 'AWS::Lambda::EventSourceMapping'),
      ...resourcesOf(template, 'AWS::DynamoDB::GlobalTable'),
      ...resourcesOf(template, 'AWS::SQS::Queue'),
      ...resourcesOf(template, 'AWS::SQS::QueuePolicy'),
      ...resourcesOf(template, 'AWS::CloudWatch::Alarm'),
      ...resourcesOf(template, 'AWS::CloudWatch::Dashboard'),
    ]
    expect(granted).toHaveLength(12 + 14 + 16 + 16 + 12 + 2 + 4 + 4 + 4 + 14 + 2)
    const mixed = granted.filter(({ id, properties }) => {
      const other = id.startsWith('Blue') ? '${Green' : '${Blue'
      return textsIn(properties).some((text) => text.includes(other))
    })
    expect(mixed).toEqual([])
  })
})
