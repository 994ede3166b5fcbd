import { RemovalPolicy } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import type { SwitchboardProps } from '../../lib/index.ts'
import { stackWith, synthesize } from '../support/synthesize.ts'
import {
  only,
  record,
  resourcesOf,
  tableOf,
  textsIn,
  type TemplateResource,
} from '../support/template.ts'

const JWT = { issuer: 'https://issuer.example', audience: 'chat' }
const template = synthesize()

describe('the Memberships table', () => {
  const table = tableOf(template, 'Memberships')

  it('holds hashes, ids and the time of their end, on demand, without backups', () => {
    expect(table.properties).toEqual({
      AttributeDefinitions: [
        { AttributeName: 'group', AttributeType: 'S' },
        { AttributeName: 'connectionId', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'group', KeyType: 'HASH' },
        { AttributeName: 'connectionId', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'ByConnection',
          KeySchema: [{ AttributeName: 'connectionId', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['announcement'] },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      Replicas: [
        {
          Region: '${AWS::Region}',
          GlobalSecondaryIndexes: [{ IndexName: 'ByConnection' }],
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
        },
      ],
    })
  })

  it('goes with the stack, unless properties keep it and its past', () => {
    expect(table.deletionPolicy).toBe('Delete')
    const settings = { removalPolicy: RemovalPolicy.RETAIN, pointInTimeRecovery: true }
    const kept = tableOf(synthesize(settings), 'Memberships')
    expect(kept).toMatchObject({
      deletionPolicy: 'Retain',
      properties: {
        Replicas: [{ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
      },
    })
  })
})

describe('the key', () => {
  it('is made by Secrets Manager, with 256 bits, and goes with the stack', () => {
    const key = only(template, 'AWS::SecretsManager::Secret')
    expect(key.deletionPolicy).toBe('Delete')
    expect(key.properties).toEqual({
      Description: expect.any(String),
      GenerateSecretString: { PasswordLength: 43, ExcludePunctuation: true },
    })
    // Of letters and digits.
    expect(43 * Math.log2(62)).toBeGreaterThanOrEqual(256)
  })

  it('is in the template as a reference alone, in the configuration of functions', () => {
    const { id } = only(template, 'AWS::SecretsManager::Secret')
    const reference = `{{resolve:secretsmanager:\${${id}}:SecretString:::}}`
    const all = Object.keys(record(record(template.toJSON())['Resources'])).length
    const resources = [...new Set(typesOf(template))].flatMap((type) => resourcesOf(template, type))
    expect(resources).toHaveLength(all)
    const withKey = resources.filter(({ properties }) =>
      textsIn(properties).some((text) => text.includes(id)),
    )
    expect(withKey.every(({ id: name }) => keyOf(template, name) === reference)).toBe(true)
    expect(withKey).toHaveLength(3)
  })

  const OPEN = ['DeliveryDeliver', 'SendMessage', 'Rooms']

  it.each([
    { props: {}, functions: OPEN },
    // Pages are asked for their origin, and nobody is anybody.
    { props: { allowedOrigins: ['https://app.example'] }, functions: OPEN },
    { props: { publishUrl: true }, functions: OPEN },
    { props: { authorizer: JWT }, functions: ['Connect', ...OPEN] },
  ])('comes to those who hash names, with $props: $functions', ({ props, functions }) => {
    const other = synthesize(props)
    const names = functionsOf(other).filter(({ id }) => keyOf(other, id) !== undefined)
    expect(new Set(names.map(({ id }) => /^Realtime(\w+)Function/.exec(id)?.[1]))).toEqual(
      new Set(functions),
    )
  })

  it('of another version is another, for all of them in one deployment', () => {
    const [one, two] = [{}, { groupKeyVersion: 2 }].map(synthesize)
    if (!one || !two) throw new Error('no templates')
    const [before, after] = [one, two].map((each) => only(each, 'AWS::SecretsManager::Secret').id)
    expect(after).not.toBe(before)
    const keys = functionsOf(two).flatMap(({ id }) => keyOf(two, id) ?? [])
    expect(keys).toHaveLength(3)
    for (const key of keys) expect(key).toContain(`:\${${after}}:`)
    expect(JSON.stringify(two.toJSON())).not.toContain(before)
  })

  it('has version 1 when nothing is said', () => {
    expect(synthesize({ groupKeyVersion: 1 }).toJSON()).toEqual(synthesize().toJSON())
  })

  it.each([0, -1, 1.5, 1_000_001, Number.NaN])('has no version %d', (groupKeyVersion) => {
    expect(() => synthesize({ groupKeyVersion })).toThrow(
      `groupKeyVersion: expected a whole number from 1 to 1000000, got ${groupKeyVersion}`,
    )
  })

  it('of each Switchboard is its own', () => {
    const two = Template.fromStack(stackWith({ Blue: {}, Green: {} }))
    const keys = functionsOf(two).flatMap(({ id }) => keyOf(two, id) ?? [])
    expect(new Set(keys).size).toBe(2)
  })
})

describe('permission', () => {
  /** What these functions are told of it. */
  const told = (props: Partial<SwitchboardProps>): unknown =>
    Object.fromEntries(
      functionsOf(synthesize(props)).map(({ id, properties }) => {
        const { HAS_USERS, ROOMS_CLAIM } = variablesOf(properties)
        const name = /^Realtime(?:Authorizer|Delivery)?(\w+)Function/.exec(id)?.[1]
        return [name, [HAS_USERS, ROOMS_CLAIM]]
      }),
    )
  const NOTHING = [undefined, undefined]

  it.each([
    { props: {}, sends: NOTHING, judges: undefined },
    { props: { authorizer: JWT }, sends: ['true', undefined], judges: NOTHING },
    {
      props: { authorizer: { ...JWT, roomsClaim: 'https://example.com/rooms' } },
      sends: ['true', 'https://example.com/rooms'],
      judges: [undefined, 'https://example.com/rooms'],
    },
  ])('is asked for as the authorizer says: $props', ({ props, sends, judges }) => {
    expect(told(props)).toEqual({
      Connect: NOTHING,
      Disconnect: NOTHING,
      SendMessage: sends,
      Rooms: sends,
      Default: sends,
      Deliver: NOTHING,
      ...(judges && { Authorize: judges }),
    })
  })

  it('by a claim without a name is refused', () => {
    expect(() => synthesize({ authorizer: { ...JWT, roomsClaim: '' } })).toThrow(
      "authorizer.roomsClaim: expected a claim's name such as rooms, got nothing",
    )
  })
})

function functionsOf(from: Template): TemplateResource[] {
  return resourcesOf(from, 'AWS::Lambda::Function')
}

function variablesOf(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return record(record(properties['Environment'])['Variables'])
}

/** GROUP_KEY of a function; undefined when it has none, or is no function. */
function keyOf(from: Template, id: string): unknown {
  const found = functionsOf(from).find((each) => each.id === id)
  return found && variablesOf(found.properties)['GROUP_KEY']
}

function typesOf(from: Template): string[] {
  return Object.values(record(record(from.toJSON())['Resources'])).map((resource) =>
    String(record(resource)['Type']),
  )
}
