import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { describe, expect, inject, it } from 'vitest'
import { resolveSettings, type DeliverySettings } from '../../lib/delivery-settings.ts'
import { Switchboard } from '../../lib/index.ts'
import { deliveryOf, readTemplate, record, resourcesOf } from '../support/template.ts'

const template = readTemplate(inject('assembly'))
const { queue, deadLetterQueue, mapping, workerId } = deliveryOf(template)

describe('the delivery queue', () => {
  it('hides a job for six times the time of its worker, and gives it up after five', () => {
    expect(queue.properties).toEqual({
      VisibilityTimeout: 180,
      RedrivePolicy: {
        deadLetterTargetArn: `\${${deadLetterQueue.id}.Arn}`,
        maxReceiveCount: 5,
      },
    })
    const worker = resourcesOf(template, 'AWS::Lambda::Function').find(({ id }) => id === workerId)
    expect(Number(worker?.properties['Timeout']) * 6).toBe(180)
  })

  it('is read by its worker, one job at a time, which says what has failed', () => {
    expect(mapping.properties).toEqual({
      EventSourceArn: `\${${queue.id}.Arn}`,
      FunctionName: `\${${workerId}}`,
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 10 },
    })
    expect(workerId).toMatch(/^RealtimeDeliveryDeliverFunction/)
  })

  it('is read when the worker has its permissions, which Lambda looks for', () => {
    const { DependsOn } = record(record(record(template.toJSON())['Resources'])[mapping.id])
    expect(DependsOn).toEqual([
      expect.stringMatching(/^RealtimeDeliveryDeliverFunctionRoleDefaultPolicy/),
    ])
  })

  it('goes with the stack, as the dead letters do', () => {
    expect([queue, deadLetterQueue].map(({ deletionPolicy }) => deletionPolicy)).toEqual([
      'Delete',
      'Delete',
    ])
  })
})

describe('the dead-letter queue', () => {
  it('keeps for four days what was given up', () => {
    expect(deadLetterQueue.properties).toEqual({ MessageRetentionPeriod: 345_600 })
  })
})

describe('the settings of the delivery', () => {
  it('reach the functions that need them, and the queue', () => {
    const settings = { inlineLimit: 7, chunkSize: 30, maxConcurrency: 4, postsPerSecond: 100 }
    const stack = new Stack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'Somebody')
    new Switchboard(stack, 'Realtime', { authorizer: null, ...settings })
    const other = Template.fromStack(stack)
    const variables = resourcesOf(other, 'AWS::Lambda::Function').flatMap(({ id, properties }) => {
      const { INLINE_LIMIT, CHUNK_SIZE, POSTS_PER_SECOND } = record(
        record(properties['Environment'])['Variables'],
      )
      const name = /^Realtime([a-zA-Z]+)Function/.exec(id)?.[1]
      return POSTS_PER_SECOND ? [{ name, INLINE_LIMIT, CHUNK_SIZE, POSTS_PER_SECOND }] : []
    })
    expect(variables).toEqual([
      { name: 'DeliveryDeliver', CHUNK_SIZE: '30', POSTS_PER_SECOND: '25' },
      { name: 'SendMessage', INLINE_LIMIT: '7', POSTS_PER_SECOND: '100' },
      { name: 'Rooms', INLINE_LIMIT: '7', POSTS_PER_SECOND: '100' },
      { name: 'Default', INLINE_LIMIT: '7', POSTS_PER_SECOND: '100' },
    ])
    expect(deliveryOf(other).mapping.properties['ScalingConfig']).toEqual({ MaximumConcurrency: 4 })
  })

  it('have defaults', () => {
    expect(resolveSettings({})).toEqual({
      inlineLimit: 1_000,
      chunkSize: 1_000,
      maxConcurrency: 10,
      postsPerSecond: 8_000,
    })
  })

  it.each<{ settings: DeliverySettings; chunkSize: number }>([
    { settings: { postsPerSecond: 500 }, chunkSize: 1_000 },
    { settings: { postsPerSecond: 499 }, chunkSize: 998 },
    { settings: { postsPerSecond: 10 }, chunkSize: 20 },
    { settings: { maxConcurrency: 1_000 }, chunkSize: 160 },
  ])('have no larger chunks than a worker can push: $settings', ({ settings, chunkSize }) => {
    expect(resolveSettings(settings)).toMatchObject({ chunkSize })
    expect(resolveSettings({ ...settings, chunkSize })).toMatchObject({ chunkSize })
  })

  it.each<DeliverySettings>([
    { inlineLimit: 0 },
    { inlineLimit: 10_000 },
    { chunkSize: 1 },
    { chunkSize: 10_000 },
    { maxConcurrency: 2 },
    { maxConcurrency: 1_000 },
    { postsPerSecond: 10 },
    { postsPerSecond: 2, maxConcurrency: 2 },
    { postsPerSecond: 1_000_000 },
  ])('may be %j', (settings) => {
    expect(resolveSettings(settings)).toMatchObject(settings)
  })

  it.each<{ settings: DeliverySettings; error: string }>([
    { settings: { inlineLimit: -1 }, error: 'inlineLimit: … from 0 to 10000, got -1' },
    { settings: { inlineLimit: 10_001 }, error: 'inlineLimit: … from 0 to 10000, got 10001' },
    { settings: { inlineLimit: 0.5 }, error: 'inlineLimit: … from 0 to 10000, got 0.5' },
    { settings: { chunkSize: 0 }, error: 'chunkSize: … from 1 to 10000, got 0' },
    { settings: { chunkSize: 10_001 }, error: 'chunkSize: … from 1 to 10000, got 10001' },
    {
      settings: { chunkSize: 999, postsPerSecond: 499 },
      error: 'chunkSize: … from 1 to 998, got 999',
    },
    { settings: { maxConcurrency: 1 }, error: 'maxConcurrency: … from 2 to 1000, got 1' },
    { settings: { maxConcurrency: 1_001 }, error: 'maxConcurrency: … from 2 to 1000, got 1001' },
    { settings: { postsPerSecond: 9 }, error: 'postsPerSecond: … from 10 to 1000000, got 9' },
    {
      settings: { postsPerSecond: 1_000_001 },
      error: 'postsPerSecond: … from 10 to 1000000, got 1000001',
    },
    { settings: { postsPerSecond: NaN }, error: 'postsPerSecond: … from 10 to 1000000, got NaN' },
  ])('may not be $settings', ({ settings, error }) => {
    expect(() => resolveSettings(settings)).toThrow(
      new RangeError(error.replace('…', 'expected a whole number')),
    )
  })
})
