import { describe, expect, it } from 'vitest'
import { UnsupportedError } from '../../../local/errors.ts'
import { readApp } from '../../../local/template/read-app.ts'
import { assemblyOf, CHAT, chatWith } from '../../support/assembly.ts'

const ARN = { 'Fn::GetAtt': ['Log', 'Arn'] }
const FORMAT = '$context.requestId $context.status'
const PATH = 'Resources/Stage/Properties/AccessLogSettings'

describe('the access log of a stage', () => {
  it('goes to a log group of the app', () => {
    expect(accessLog({ DestinationArn: ARN, Format: FORMAT })).toEqual({
      logGroupName: 'chat-access',
      format: FORMAT,
    })
  })

  it('may name it without the star at the end', () => {
    const DestinationArn = {
      'Fn::Sub': 'arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Log}',
    }
    expect(accessLog({ DestinationArn, Format: FORMAT })).toHaveProperty('format', FORMAT)
  })

  it('is none without settings, and none when the developer goes on without its log group', () => {
    expect(readApp(assemblyOf(CHAT)).api.accessLog).toBeUndefined()
    const settings = { DestinationArn: ARN, Format: FORMAT }
    expect(accessLog(settings, ['AWS::Logs::LogGroup'])).toBeUndefined()
  })

  it.each([
    [
      'a Firehose stream',
      'arn:aws:firehose:us-east-1:000000000000:deliverystream/amazon-apigateway-log',
    ],
    ['a log group elsewhere', 'arn:aws:logs:us-east-1:000000000000:log-group:other'],
    [
      'a log group whose name goes on',
      'arn:aws:logs:us-east-1:000000000000:log-group:chat-access-2',
    ],
    ['another account', 'arn:aws:logs:us-east-1:111111111111:log-group:chat-access'],
  ])('is refused to go to %s', (_, DestinationArn) => {
    const problem = refusal({ DestinationArn, Format: FORMAT })
    expect(problem).toEqual({
      path: `${PATH}/DestinationArn`,
      reason: `only a log group of the app is supported locally, not ${DestinationArn}`,
      type: 'AWS::ApiGatewayV2::Stage',
      ignore: 'AWS::ApiGatewayV2::Stage.AccessLogSettings',
    })
  })

  it.each([
    ['of two lines', `${FORMAT}\n$context.stage`, 'is a single line'],
    ['of two lines on Windows', `${FORMAT}\r\n`, 'is a single line'],
    ['without the id of the request', '$context.status', 'needs $context.requestId or'],
    ['with half of its name', '$context.requestIdentity', 'needs $context.requestId or'],
  ])('is refused with a format %s', (_, Format, reason) => {
    const problem = refusal({ DestinationArn: ARN, Format })
    expect(problem?.path).toBe(`${PATH}/Format`)
    expect(problem?.reason).toContain(reason)
  })

  it('takes the other id of the request for it', () => {
    const Format = '$context.extendedRequestId'
    expect(accessLog({ DestinationArn: ARN, Format })).toHaveProperty('format', Format)
  })
})

function accessLog(settings: unknown, ignore: readonly string[] = []) {
  const resources = {
    ...chatWith('Stage', { AccessLogSettings: settings }),
    Log: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'chat-access' } },
  }
  return readApp(assemblyOf(resources), ignore).api.accessLog
}

/** The one problem that there is. */
function refusal(settings: unknown) {
  try {
    accessLog(settings)
  } catch (error) {
    if (error instanceof UnsupportedError && error.problems.length === 1) return error.problems[0]
    throw error
  }
  throw new Error('it was not refused')
}
