import { describe, expect, it } from 'vitest'
import { ACCESS_LOG_FORMAT } from '../../lib/access-log.ts'
import { synthesize } from '../support/synthesize.ts'
import { list, only, record, render, resourcesOf } from '../support/template.ts'

const template = synthesize()
const stage = only(template, 'AWS::ApiGatewayV2::Stage')
const account = only(template, 'AWS::ApiGateway::Account')

describe('the access log', () => {
  it('has a line of JSON with nothing that tells who or where a client is', () => {
    // A `-` for what is not known is valid JSON only in quotes.
    expect(JSON.parse(ACCESS_LOG_FORMAT)).toEqual({
      requestId: '$context.requestId',
      routeKey: '$context.routeKey',
      eventType: '$context.eventType',
      status: '$context.status',
      integrationLatency: '$context.integrationLatency',
      connectionId: '$context.connectionId',
    })
    expect(ACCESS_LOG_FORMAT).not.toContain('\n')
  })

  it('goes to a log group of its own, which keeps a month and goes with the stack', () => {
    const { DestinationArn, Format } = record(stage.properties['AccessLogSettings'])
    expect(Format).toBe(ACCESS_LOG_FORMAT)
    const group = resourcesOf(template, 'AWS::Logs::LogGroup').find(
      ({ id }) => DestinationArn === `\${${id}.Arn}`,
    )
    expect(group?.properties).toEqual({ RetentionInDays: 30 })
    expect(group?.deletionPolicy).toBe('Delete')
  })

  it('is there before the stage, as is the account’s role, which API Gateway asks for', () => {
    const { DependsOn } = record(record(record(template.toJSON())['Resources'])[stage.id])
    expect(list(DependsOn)).toContain(account.id)
  })

  it('is not there when it is not wanted, nor is the role', () => {
    const without = synthesize({ accessLog: false })
    const { properties } = only(without, 'AWS::ApiGatewayV2::Stage')
    expect(properties).not.toHaveProperty('AccessLogSettings')
    without.resourceCountIs('AWS::ApiGateway::Account', 0)
    without.resourceCountIs('AWS::IAM::Role', 6)
    without.resourceCountIs('AWS::Logs::LogGroup', 6)
  })
})

describe('the role by which API Gateway writes logs', () => {
  it('is API Gateway’s own, with AWS’s policy for it, and stays when the stack goes', () => {
    const role = resourcesOf(template, 'AWS::IAM::Role').find(
      ({ id }) => account.properties['CloudWatchRoleArn'] === `\${${id}.Arn}`,
    )
    expect(render(role?.properties)).toEqual({
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { Service: 'apigateway.amazonaws.com' },
          },
        ],
      },
      ManagedPolicyArns: [
        'arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs',
      ],
    })
    expect([role?.deletionPolicy, account.deletionPolicy]).toEqual(['Retain', 'Retain'])
  })

  it('is left alone where the account has one', () => {
    const without = synthesize({ cloudWatchRole: false })
    const { properties } = only(without, 'AWS::ApiGatewayV2::Stage')
    expect(properties).toHaveProperty('AccessLogSettings')
    without.resourceCountIs('AWS::ApiGateway::Account', 0)
    without.resourceCountIs('AWS::IAM::Role', 6)
  })
})
