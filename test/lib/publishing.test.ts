import { Template } from 'aws-cdk-lib/assertions'
import { AccountPrincipal, Role } from 'aws-cdk-lib/aws-iam'
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import type { Stack } from 'aws-cdk-lib'
import { describe, expect, it } from 'vitest'
import { Switchboard } from '../../lib/index.ts'
import { stackWith, synthesize } from '../support/synthesize.ts'
import { deliveryOf, list, only, record, render, resourcesOf } from '../support/template.ts'

const REALTIME = { authorizer: null, alarms: false, dashboard: false }

describe('a backend that may publish', () => {
  it('may send to the delivery queue alone, and a function is told where that is', () => {
    const stack = stackWith({})
    const backend = functionIn(stack)
    new Switchboard(stack, 'Realtime', REALTIME).grantPublish(backend)
    const template = Template.fromStack(stack)
    const { queue } = deliveryOf(template)
    const functions = resourcesOf(template, 'AWS::Lambda::Function')
    const found = functions.find(({ id }) => id.startsWith('Backend'))
    expect(found?.properties['Environment']).toEqual({
      Variables: { SWITCHBOARD_QUEUE_URL: `\${${queue.id}}` },
    })
    expect(statementsOf(template, /^Backend/)).toEqual([
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: `\${${queue.id}.Arn}` },
    ])
  })

  it('may be a role, which nobody can tell anything', () => {
    const stack = stackWith({})
    const role = new Role(stack, 'Backend', { assumedBy: new AccountPrincipal('111122223333') })
    new Switchboard(stack, 'Realtime', REALTIME).grantPublish(role)
    const template = Template.fromStack(stack)
    expect(statementsOf(template, /^Backend/)).toEqual([
      {
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Resource: `\${${deliveryOf(template).queue.id}.Arn}`,
      },
    ])
  })
})

describe('the HTTP door', () => {
  const template = synthesize({ publishUrl: true })
  const url = only(template, 'AWS::Lambda::Url')
  const door = resourcesOf(template, 'AWS::Lambda::Function').find(({ id }) =>
    id.startsWith('RealtimePublishing'),
  )

  it('is not there unless it is asked for', () => {
    for (const other of [synthesize(), synthesize({ publishUrl: false })]) {
      other.resourceCountIs('AWS::Lambda::Url', 0)
      other.resourceCountIs('AWS::Lambda::Function', 6)
    }
  })

  it('asks IAM who comes, and lets nobody in by itself', () => {
    expect(url.properties).toEqual({
      AuthType: 'AWS_IAM',
      TargetFunctionArn: `\${${door?.id}.Arn}`,
    })
    const permissions = resourcesOf(template, 'AWS::Lambda::Permission').filter(
      ({ properties }) => properties['FunctionName'] === `\${${door?.id}.Arn}`,
    )
    expect(permissions).toEqual([])
  })

  it('is told of in the outputs', () => {
    const { PublishUrl } = record(render(template.findOutputs('*')))
    expect(record(PublishUrl)['Value']).toBe(`\${${url.id}.FunctionUrl}`)
  })

  it('may write its log and send to the queue, and knows no more than that', () => {
    const { queue } = deliveryOf(template)
    expect(record(door?.properties['Environment'])['Variables']).toEqual({
      DELIVERY_QUEUE_URL: `\${${queue.id}}`,
    })
    const logGroup = String(record(door?.properties['LoggingConfig'])['LogGroup']).slice(2, -1)
    expect(statementsOf(template, /^RealtimePublishing/)).toEqual([
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: `\${${logGroup}.Arn}`,
      },
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: `\${${queue.id}.Arn}` },
    ])
  })

  it('is watched as every function is', () => {
    const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm')
    const watching = alarms.filter((alarm) => JSON.stringify(alarm).includes(`\${${door?.id}}`))
    expect(watching.map(({ id }) => /Alarms(\w+?)[0-9A-F]{8}$/.exec(id)?.[1])).toEqual([
      'FunctionErrors',
      'FunctionThrottles',
    ])
    const { properties } = only(template, 'AWS::CloudWatch::Dashboard')
    expect(properties['DashboardBody']).toContain(`\${${door?.id}}`)
  })

  it('is opened for a backend by both permissions that a URL needs', () => {
    const stack = stackWith({})
    const role = new Role(stack, 'Backend', { assumedBy: new AccountPrincipal('111122223333') })
    new Switchboard(stack, 'Realtime', { ...REALTIME, publishUrl: true }).grantPublishUrl(role)
    const statements = statementsOf(Template.fromStack(stack), /^Backend/)
    const actions = statements.map((statement) => record(statement)['Action'])
    const both = ['lambda:InvokeFunction', 'lambda:InvokeFunctionUrl']
    expect(new Set(actions.flat())).toEqual(new Set(both))
  })

  it('cannot be opened when it is not there', () => {
    const stack = stackWith({})
    const role = new Role(stack, 'Backend', { assumedBy: new AccountPrincipal('111122223333') })
    const realtime = new Switchboard(stack, 'Realtime', REALTIME)
    expect(() => realtime.grantPublishUrl(role)).toThrow(
      'grantPublishUrl: there is no URL without publishUrl: true',
    )
  })
})

function functionIn(stack: Stack): LambdaFunction {
  return new LambdaFunction(stack, 'Backend', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = () => {}'),
  })
}

/** What the policies of these say. */
function statementsOf(template: Template, id: RegExp): unknown[] {
  return resourcesOf(template, 'AWS::IAM::Policy')
    .filter((policy) => id.test(policy.id))
    .flatMap(({ properties }) => list(record(properties['PolicyDocument'])['Statement']))
}
