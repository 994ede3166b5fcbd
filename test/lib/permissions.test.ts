import type { Template } from 'aws-cdk-lib/assertions'
import { describe, expect, inject, it } from 'vitest'
import {
  deliveryOf,
  functionRolesOf,
  list,
  only,
  readTemplate,
  record,
  resourcesOf,
  routesOf,
  tableOf,
  textsIn,
} from '../support/template.ts'

const template = readTemplate(inject('assembly'))
const closed = readTemplate(inject('closedAssembly'))
const routes = routesOf(template)
const api = only(template, 'AWS::ApiGatewayV2::Api')
const delivery = deliveryOf(template)
const roles = functionRolesOf(template)
const policies = resourcesOf(template, 'AWS::IAM::Policy')

const ACCOUNT = '${AWS::Region}:${AWS::AccountId}'
const EXECUTE_API = `arn:\${AWS::Partition}:execute-api:${ACCOUNT}:\${${api.id}}/prod`
const CONNECTIONS = `\${${tableOf(template, 'Connections').id}.Arn}`
const MEMBERSHIPS = `\${${tableOf(template, 'Memberships').id}.Arn}`
const QUEUE = `\${${delivery.queue.id}.Arn}`
const DEAD_LETTERS = `\${${delivery.deadLetterQueue.id}.Arn}`

const POSTS = `execute-api:ManageConnections on ${EXECUTE_API}/POST/@connections/*`
const CLOSES = `execute-api:ManageConnections on ${EXECUTE_API}/DELETE/@connections/*`
const TAKES_TURNS = `dynamodb:UpdateItem on ${CONNECTIONS}`
const QUEUES = `sqs:SendMessage on ${QUEUE}`
const READS_GROUPS = `dynamodb:Query on ${MEMBERSHIPS}`
/** Takes a connection out of all of its groups, and tells them. */
const LEAVES = [
  `dynamodb:Query on ${MEMBERSHIPS}/index/ByConnection`,
  `dynamodb:DeleteItem on ${MEMBERSHIPS}`,
  QUEUES,
]
/** Reads everyone, pushes, and takes out who is gone. */
const DELIVERS = [
  `dynamodb:Scan on ${CONNECTIONS}`,
  `dynamodb:DeleteItem on ${CONNECTIONS}`,
  POSTS,
  ...LEAVES,
]

describe('a role', () => {
  it.each([
    { routeKey: '$connect', may: [`dynamodb:PutItem on ${CONNECTIONS}`] },
    { routeKey: '$disconnect', may: [`dynamodb:DeleteItem on ${CONNECTIONS}`, ...LEAVES] },
    { routeKey: 'sendmessage', may: [...DELIVERS, READS_GROUPS, TAKES_TURNS, CLOSES] },
    // The text forms name neither rooms nor users.
    { routeKey: '$default', may: [...DELIVERS, TAKES_TURNS, CLOSES] },
    {
      routeKey: 'join',
      may: [
        `dynamodb:UpdateItem on ${MEMBERSHIPS}`,
        `dynamodb:GetItem on ${MEMBERSHIPS}`,
        READS_GROUPS,
        ...LEAVES,
        TAKES_TURNS,
        CLOSES,
        // Why it closes a connection.
        POSTS,
      ],
    },
    {
      routeKey: 'the queue',
      may: [
        `sqs:DeleteMessage on ${QUEUE}`,
        `sqs:GetQueueAttributes on ${QUEUE}`,
        `sqs:ReceiveMessage on ${QUEUE}`,
        `sqs:SendMessage on ${DEAD_LETTERS}`,
        ...DELIVERS,
        READS_GROUPS,
      ],
    },
  ])('of $routeKey may do what it needs and nothing else', ({ routeKey, may }) => {
    expect(permissionsOf(template, routeKey)).toEqual(may.toSorted())
  })

  it('of $connect may write whose a connection is where there are users', () => {
    const joins = `dynamodb:UpdateItem on ${MEMBERSHIPS}`
    const expected = [...permissionsOf(template, '$connect'), joins].toSorted()
    expect(permissionsOf(closed, '$connect')).toEqual(expected)
  })

  it.each(['$disconnect', 'sendmessage', '$default', 'join', 'the queue'])(
    'of %s may do the same where there are users',
    (routeKey) => {
      const [open, others] = [template, closed].map((each) => permissionsOf(each, routeKey))
      expect(others).toEqual(open)
    },
  )

  it('of nobody reads the secret: it comes with the configuration', () => {
    const texts = policies.flatMap(({ properties }) => textsIn(properties))
    expect(texts.filter((text) => /secret|kms/i.test(text))).toEqual([])
  })

  it('has no managed policy and no inline one, and only Lambda may assume it', () => {
    expect(roles).toHaveLength(6)
    for (const { properties } of roles) {
      expect(properties).toEqual({
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: 'sts:AssumeRole',
              Principal: { Service: 'lambda.amazonaws.com' },
            },
          ],
        },
      })
    }
  })

  it('has one policy, which is attached to nobody else', () => {
    const attached = policies.map(({ properties }) => list(properties['Roles']).join())
    expect(attached.toSorted()).toEqual(roles.map(({ id }) => `\${${id}}`).toSorted())
  })

  it('has no wildcard but those for all connections of the stage', () => {
    const texts = policies.flatMap(({ properties }) => textsIn(properties['PolicyDocument']))
    const wildcards = texts.filter((text) => /[*?]/.test(text))
    const [posts, closes] = ['POST', 'DELETE'].map((how) => `${EXECUTE_API}/${how}/@connections/*`)
    // Three that answer messages do both, the worker posts.
    expect(wildcards.toSorted()).toEqual([closes, closes, closes, posts, posts, posts, posts])
  })
})

describe('a function', () => {
  it.each([
    { routeKeys: ['$connect'] },
    { routeKeys: ['$disconnect'] },
    { routeKeys: ['sendmessage'] },
    { routeKeys: ['join', 'leave', 'members'] },
    { routeKeys: ['$default'] },
  ])('may be invoked by its routes of this API and stage: $routeKeys', ({ routeKeys }) => {
    const [functionId, ...others] = new Set(
      routeKeys.map((routeKey) => routes.get(routeKey)?.functionId),
    )
    expect(others).toEqual([])
    const permissions = resourcesOf(template, 'AWS::Lambda::Permission')
      .map(({ properties }) => properties)
      .filter(({ FunctionName }) => FunctionName === `\${${functionId}.Arn}`)
    expect(permissions).toEqual(
      routeKeys.map((routeKey) => ({
        Action: 'lambda:InvokeFunction',
        FunctionName: `\${${functionId}.Arn}`,
        Principal: 'apigateway.amazonaws.com',
        SourceArn: `${EXECUTE_API}/${routeKey}`,
      })),
    )
  })

  it('may be invoked by nobody else', () => {
    expect(resourcesOf(template, 'AWS::Lambda::Permission')).toHaveLength(7)
  })
})

describe('a queue', () => {
  it('is reached over TLS alone', () => {
    const documents = resourcesOf(template, 'AWS::SQS::QueuePolicy').map(({ properties }) => [
      properties['Queues'],
      record(properties['PolicyDocument'])['Statement'],
    ])
    expect(documents).toEqual(
      [delivery.deadLetterQueue, delivery.queue].map(({ id }) => [
        [`\${${id}}`],
        [
          {
            Effect: 'Deny',
            Action: 'sqs:*',
            Principal: { AWS: '*' },
            Resource: `\${${id}.Arn}`,
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      ]),
    )
  })
})

/** What the function that serves it may do, as `action on resource`, but for writing its own log. */
function permissionsOf(from: Template, routeKey: string): string[] {
  const id =
    routeKey === 'the queue' ? deliveryOf(from).workerId : routesOf(from).get(routeKey)?.functionId
  const properties = resourcesOf(from, 'AWS::Lambda::Function').find(
    (each) => each.id === id,
  )?.properties
  const logGroup = String(record(properties?.['LoggingConfig'])['LogGroup']).slice(2, -1)
  const logs = `on \${${logGroup}.Arn}`
  const all = statementsOf(from, properties?.['Role']).flatMap(inWords)
  expect(all).toEqual(
    expect.arrayContaining([`logs:CreateLogStream ${logs}`, `logs:PutLogEvents ${logs}`]),
  )
  return all.filter((each) => !each.endsWith(logs)).toSorted()
}

function inWords(statement: unknown): string[] {
  const { Effect, Action, Resource, ...others } = record(statement)
  expect([Effect, others]).toEqual(['Allow', {}])
  return [Action]
    .flat()
    .flatMap((action) =>
      [Resource].flat().map((resource) => `${String(action)} on ${String(resource)}`),
    )
}

/** All that a role may do, whatever policies say it. */
function statementsOf(from: Template, roleArn: unknown): unknown[] {
  const role = functionRolesOf(from).find(({ id }) => roleArn === `\${${id}.Arn}`)
  return resourcesOf(from, 'AWS::IAM::Policy')
    .filter(({ properties }) => list(properties['Roles']).includes(`\${${role?.id}}`))
    .flatMap(({ properties }) => list(record(properties['PolicyDocument'])['Statement']))
}
