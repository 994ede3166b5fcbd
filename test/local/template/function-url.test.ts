import { describe, expect, it } from 'vitest'
import { localVariables, withLocalAddresses } from '../../../local/local-variables.ts'
import { readApp } from '../../../local/template/read-app.ts'
import { assemblyOf, CHAT, chatWith, type ResourceInput } from '../../support/assembly.ts'

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:Chat-Handler'

const att = (name: string, attribute: string) => ({ 'Fn::GetAtt': [name, attribute] })

function url(properties: Record<string, unknown> = {}): ResourceInput {
  const Properties = {
    TargetFunctionArn: att('Handler', 'Arn'),
    AuthType: 'AWS_IAM',
    ...properties,
  }
  return { Type: 'AWS::Lambda::Url', Properties }
}

function permission(properties: Record<string, unknown>): ResourceInput {
  const Properties = { FunctionName: { Ref: 'Handler' }, Principal: '*', ...properties }
  return { Type: 'AWS::Lambda::Permission', Properties }
}

describe('the URL of a function', () => {
  it.each([
    ['its ARN', att('Handler', 'Arn')],
    ['its name', { Ref: 'Handler' }],
  ])('is known by the function, which it names by %s', (_, TargetFunctionArn) => {
    const Outputs = {
      Url: { Value: att('Url', 'FunctionUrl') },
      Arn: { Value: att('Url', 'FunctionArn') },
      Ref: { Value: { Ref: 'Url' } },
    }
    const app = readApp(assemblyOf({ ...CHAT, Url: url({ TargetFunctionArn }) }, { Outputs }))
    const [definition] = app.functionUrls
    expect(app.functionUrls).toEqual([
      {
        functionArn: ARN,
        functionName: 'Chat-Handler',
        authType: 'AWS_IAM',
        urlId: expect.stringMatching(/^[a-z0-9]{32}$/),
        domainName: `${definition?.urlId}.lambda-url.us-east-1.on.aws`,
      },
    ])
    expect(app.outputs).toEqual({ Url: `https://${definition?.domainName}/`, Arn: ARN, Ref: ARN })
  })

  it('leads here in variables and outputs', () => {
    const Variables = {
      URL: att('Url', 'FunctionUrl'),
      HOST: { 'Fn::Select': [2, { 'Fn::Split': ['/', att('Url', 'FunctionUrl')] }] },
    }
    const resources = { ...chatWith('Handler', { Environment: { Variables } }), Url: url() }
    const Outputs = { Url: { Value: att('Url', 'FunctionUrl') } }
    const app = readApp(assemblyOf(resources, { Outputs }))
    const [{ domainName } = { domainName: '' }] = app.functionUrls
    const addresses = {
      port: 3001,
      dynamodbUrl: 'http://d',
      queuesUrl: 'http://q',
      functionUrls: new Map([[domainName, 'http://127.0.0.1:4001/']]),
    }
    const [fn] = app.functions
    expect(fn && localVariables(fn, app, addresses)).toMatchObject({
      URL: 'http://127.0.0.1:4001/',
      HOST: 'localhost:4001',
    })
    const outputs = withLocalAddresses(app.outputs, app, addresses)
    expect(outputs).toEqual({ Url: 'http://127.0.0.1:4001/' })
  })

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['streams', { InvokeMode: 'RESPONSE_STREAM' }, /InvokeMode.*only with "BUFFERED"/],
    ['is of an alias', { Qualifier: 'live' }, /Qualifier.*with this property/],
    ['answers foreign pages', { Cors: { AllowOrigins: ['*'] } }, /Cors.*with this property/],
    ['asks for something else', { AuthType: 'JWT' }, /AuthType.*"AWS_IAM" \| "NONE"/],
    ['is of a function elsewhere', { TargetFunctionArn: `${ARN}-2` }, /Handler-2 is not in this/],
  ])('stops the start when it %s', (_, properties, message) => {
    expect(() => readApp(assemblyOf({ ...CHAT, Url: url(properties) }))).toThrowError(message)
  })

  it('is no further problem when its function cannot run', () => {
    const resources = { ...chatWith('Handler', { Layers: [] }), Url: url() }
    expect(() => readApp(assemblyOf(resources))).toThrowError(
      expect.objectContaining({
        problems: [expect.objectContaining({ path: expect.stringMatching(/Layers$/) })],
      }),
    )
  })

  it('goes with the function that the developer goes on without', () => {
    const Handler2 = {
      ...CHAT.Handler,
      Properties: { ...CHAT.Handler.Properties, Runtime: 'python3.13' },
    }
    const resources = { ...CHAT, Handler2, Url: url({ TargetFunctionArn: att('Handler2', 'Arn') }) }
    const ignore = ['AWS::Lambda::Function.Runtime=python3.13']
    expect(readApp(assemblyOf(resources), ignore).functionUrls).toEqual([])
  })
})

describe('a permission', () => {
  it('may be for who calls the URL of a function', () => {
    const app = readApp(
      assemblyOf({
        ...CHAT,
        ByUrl: permission({ Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' }),
        ByAny: permission({ Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true }),
      }),
    )
    const common = { functionArn: 'Chat-Handler', principal: '*', sourceArn: undefined }
    expect(app.permissions).toEqual([
      {
        ...common,
        action: 'lambda:InvokeFunctionUrl',
        functionUrlAuthType: 'NONE',
        onlyByUrl: false,
      },
      {
        ...common,
        action: 'lambda:InvokeFunction',
        functionUrlAuthType: undefined,
        onlyByUrl: true,
      },
    ])
  })
})
