import { devNull } from 'node:os'
import * as v from 'valibot'
import { describe, expect, it, vi } from 'vitest'
import { TestFunction } from '../../support/local-function.ts'
import { signedRequest } from '../../support/signed-request.ts'

const ISO_TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g
const REQUEST_ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

const credentialsSchema = v.object({
  accessKeyId: v.string(),
  secretAccessKey: v.string(),
  sessionToken: v.string(),
})

describe('a handler', () => {
  it.each([
    ['an object', '{ statusCode: 200, body: undefined }', '{"statusCode":200}'],
    ['a text', '"text"', '"text"'],
    ['null', 'null', 'null'],
    ['undefined', 'undefined', 'null'],
    ['a function, which has no JSON', '() => {}', 'null'],
  ])('answers with the JSON of %s', async (_, value, payload) => {
    const fn = new TestFunction(`export const handler = async () => (${value})`)
    expect(await fn.invoke()).toEqual({ ok: true, payload })
  })

  it('may return its answer without a promise', async () => {
    const fn = new TestFunction('export const handler = () => "now"')
    expect(await fn.answer()).toBe('now')
  })

  it('may be a CommonJS export', async () => {
    const fn = new TestFunction('export default { handler: () => "default" }')
    expect(await fn.answer()).toBe('default')
  })

  it('gets the event as JSON would carry it', async () => {
    const fn = new TestFunction('export const handler = (event) => event')
    const event = { body: '{}', nothing: null, list: [1, { deep: 'ü' }], missing: undefined }
    expect(await fn.invoke(event)).toEqual({ ok: true, payload: JSON.stringify(event) })
  })

  it('gets the context of Lambda', async () => {
    const fn = new TestFunction(`export const handler = (event, context) => context`)
    const context = await fn.answer()
    expect(context).toEqual({
      awsRequestId: expect.stringMatching(REQUEST_ID),
      functionName: 'Chat-Handler',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:Chat-Handler',
      memoryLimitInMB: '128',
      logGroupName: 'Chat-Logs',
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
    })
    expect(context).not.toEqual(await fn.answer())
  })

  it('sees its remaining time count down from the timeout', async () => {
    const fn = new TestFunction(`export const handler = async (event, context) => {
      const first = context.getRemainingTimeInMillis()
      while (context.getRemainingTimeInMillis() === first);
      return [first, context.getRemainingTimeInMillis()]
    }`)
    const [first, second] = numbers(await fn.answer())
    expect(first).toBeLessThanOrEqual(20_000)
    expect(first).toBeGreaterThan(10_000)
    expect(second).toBeLessThan(Number(first))
  })
})

describe('a handler that takes a callback', () => {
  const code = `export const handler = (event, context, callback) => {
    setTimeout(() => callback(event.error, event.result), 5)
  }`
  const old = { definition: { runtime: 'nodejs22.x' } }

  it('answers by it on nodejs22.x', async () => {
    const fn = new TestFunction(code, old)
    expect(await fn.answer({ result: 'called back' })).toBe('called back')
    expect(await fn.answer({})).toBeNull()
    expect(await fn.invoke({ error: 'no' })).toEqual({
      ok: false,
      errorType: 'string',
      errorMessage: 'no',
    })
    expect(fn.coldStarts).toEqual([true, false, false])
  })

  it('may answer by a promise on nodejs22.x', async () => {
    const fn = new TestFunction(
      `export const handler = async (event, context, callback) => {
        if (event.error) throw new Error(event.error)
        return event.result
      }`,
      old,
    )
    expect(await fn.answer({ result: 'promised' })).toBe('promised')
    expect(await fn.invoke({ error: 'no' })).toMatchObject({ ok: false, errorMessage: 'no' })
  })

  it('fails by what it throws on nodejs22.x', async () => {
    const fn = new TestFunction(
      'export const handler = (event, context, callback) => { throw new RangeError("far") }',
      old,
    )
    expect(await fn.invoke()).toMatchObject({ ok: false, errorType: 'RangeError' })
  })

  it('is refused on nodejs24.x', async () => {
    const fn = new TestFunction(code)
    const result = await fn.invoke({ result: 'called back' })
    expect(result).toMatchObject({ ok: false, errorType: 'Error' })
    expect(result).toHaveProperty(
      'errorMessage',
      'the handler takes a callback, and this runtime has none',
    )
  })
})

describe('the environment variables', () => {
  it('are the function’s own and Lambda’s, and none of the developer’s', async () => {
    vi.stubEnv('DEVELOPERS_SECRET', 'secret')
    vi.stubEnv('AWS_PROFILE', 'production')
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIADEVELOPER')
    const fn = new TestFunction('export const handler = () => process.env', {
      variables: { TABLE_NAME: 'Chat-Table', AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' },
    })
    const environment = await fn.answer().finally(() => vi.unstubAllEnvs())
    expect(environment).toEqual({
      TABLE_NAME: 'Chat-Table',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1',
      TZ: ':UTC',
      LANG: 'en_US.UTF-8',
      _X_AMZN_TRACE_ID: expect.stringMatching(/^Root=1-/),
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA/),
      AWS_SECRET_ACCESS_KEY: expect.any(String),
      AWS_SESSION_TOKEN: expect.any(String),
      AWS_CONFIG_FILE: devNull,
      AWS_SHARED_CREDENTIALS_FILE: devNull,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: 'Chat-Handler',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_LOG_GROUP_NAME: 'Chat-Logs',
      AWS_LAMBDA_LOG_STREAM_NAME: expect.stringContaining('[$LATEST]'),
      LAMBDA_TASK_ROOT: fn.codeDirectory,
      _HANDLER: 'index.handler',
    })
  })

  it('hold the credentials of a session of the function’s role', async () => {
    const fn = new TestFunction(`export const handler = () => ({
      accessKeyId: process.env.AWS_ACCESS_KEY_ID,
      secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
      sessionToken: process.env.AWS_SESSION_TOKEN,
    })`)
    const credentials = v.parse(credentialsSchema, await fn.answer())
    const request = await signedRequest(credentials, { service: 'dynamodb' })
    expect(fn.identities.authenticate(request, 'dynamodb')).toMatchObject({
      arn: 'arn:aws:sts::000000000000:assumed-role/Chat-Role/Chat-Handler',
    })
  })
})

describe('the log', () => {
  it('has what the handler writes, as Lambda formats it, before the end', async () => {
    const fn = new TestFunction(`export const handler = (event, context) => {
      console.log('hello %s', 'you', { a: 1 })
      process.stdout.write('raw\\n')
      console.warn('two\\nlines')
      process.stderr.write(Buffer.from('bytes'))
      console.error(context.awsRequestId)
      console.debug('debug')
      process.stdout.write('done', () => console.trace('trace'))
      return new Promise((resolve) => setTimeout(resolve, 5))
    }`)
    await fn.invoke()
    const lines = fn.lines('platform', 'function')
    const [requestId] = REQUEST_ID[Symbol.match](lines[0] ?? '') ?? []
    const readable = lines.map((line) =>
      line.replaceAll(ISO_TIME, 'TIME').replaceAll(requestId ?? '', 'ID'),
    )
    expect(readable).toEqual([
      'START RequestId: ID Version: $LATEST',
      'TIME\tID\tINFO\thello you { a: 1 }',
      'raw',
      'TIME\tID\tWARN\ttwo',
      'lines',
      'bytes',
      'TIME\tID\tERROR\tID',
      'TIME\tID\tDEBUG\tdebug',
      'done',
      'TIME\tID\tTRACE\ttrace',
      'END RequestId: ID',
      expect.stringMatching(/^REPORT RequestId: ID\tDuration: /),
    ])
  })

  it('has what the module writes while it loads, before the first invocation', async () => {
    const fn = new TestFunction(`console.info('loading')
      export const handler = () => {}`)
    await fn.invoke()
    expect(fn.lines('platform', 'function').slice(0, 2)).toEqual([
      expect.stringMatching(/Z\tundefined\tINFO\tloading$/),
      expect.stringMatching(/^START /),
    ])
  })

  it('tells the invocations apart', async () => {
    const fn = new TestFunction(`export const handler = (event, context) => {
      console.log('mine')
      return context.awsRequestId
    }`)
    const ids = [await fn.answer(), await fn.answer()]
    expect(fn.lines('function').map((line) => line.split('\t')[1])).toEqual(ids)
    expect(ids[0]).not.toBe(ids[1])
  })
})

function numbers(value: unknown): number[] {
  if (!Array.isArray(value)) throw new Error('expected a list')
  return value.map(Number)
}
