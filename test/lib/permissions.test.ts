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
  textsIn,
} from '../support/template.ts'

const template = readTemplate(inject('assembly'))
const routes = routesOf(template)
const api = only(template, 'AWS::ApiGatewayV2::Api')
const table = only(template, 'AWS::DynamoDB::GlobalTable')
const delivery = deliveryOf(template)
const functions = resourcesOf(template, 'AWS::Lambda::Function')
const roles = functionRolesOf(template)
const policies = resourcesOf(template, 'AWS::IAM::Policy')

const ACCOUNT = '${AWS::Region}:${AWS::AccountId}'
const EXECUTE_API = `arn:\${AWS::Partition}:execute-api:${ACCOUNT}:\${${api.id}}/prod`
const TABLE = `\${${table.id}.Arn}`
const DELIVERY = [
  { Effect: 'Allow', Action: ['dynamodb:DeleteItem', 'dynamodb:Scan'], Resource: TABLE },
  {
    Effect: 'Allow',
    Action: 'execute-api:ManageConnections',
    Resource: `${EXECUTE_API}/POST/@connections/*`,
  },
]

const QUEUE = `\${${delivery.queue.id}.Arn}`
const SENDING = [
  {
    Effect: 'Allow',
    Action: ['dynamodb:DeleteItem', 'dynamodb:Scan', 'dynamodb:UpdateItem'],
    Resource: TABLE,
  },
  {
    Effect: 'Allow',
    Action: 'execute-api:ManageConnections',
    Resource: [`${EXECUTE_API}/DELETE/@connections/*`, `${EXECUTE_API}/POST/@connections/*`],
  },
  { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: QUEUE },
]
const WORKING = [
  {
    Effect: 'Allow',
    Action: [
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
      'sqs:SendMessage',
    ],
    Resource: QUEUE,
  },
  {
    Effect: 'Allow',
    Action: 'sqs:SendMessage',
    Resource: `\${${delivery.deadLetterQueue.id}.Arn}`,
  },
  ...DELIVERY,
]

describe('a role', () => {
  it.each([
    {
      routeKey: '$connect',
      grants: [{ Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: TABLE }],
    },
    {
      routeKey: '$disconnect',
      grants: [{ Effect: 'Allow', Action: 'dynamodb:DeleteItem', Resource: TABLE }],
    },
    { routeKey: 'sendmessage', grants: SENDING },
    { routeKey: '$default', grants: SENDING },
    { routeKey: 'the queue', grants: WORKING },
  ])('of $routeKey may do what it needs and nothing else', ({ routeKey, grants }) => {
    const properties = functionOf(routeKey)
    const logGroup = String(record(properties['LoggingConfig'])['LogGroup']).slice(2, -1)
    const logs = {
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: `\${${logGroup}.Arn}`,
    }
    expect(statementsOf(properties['Role'])).toEqual([logs, ...grants])
  })

  it('has no managed policy and no inline one, and only Lambda may assume it', () => {
    expect(roles).toHaveLength(5)
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
    expect(texts.filter((text) => /[*?]/.test(text))).toEqual([
      `${EXECUTE_API}/POST/@connections/*`,
      `${EXECUTE_API}/DELETE/@connections/*`,
      `${EXECUTE_API}/POST/@connections/*`,
      `${EXECUTE_API}/DELETE/@connections/*`,
      `${EXECUTE_API}/POST/@connections/*`,
    ])
  })
})

describe('a function', () => {
  it.each(['$connect', '$disconnect', 'sendmessage', '$default'])(
    'of %s may be invoked by its one route of this API and stage',
    (routeKey) => {
      const { functionId } = routes.get(routeKey) ?? {}
      const permissions = resourcesOf(template, 'AWS::Lambda::Permission')
        .map(({ properties }) => properties)
        .filter(({ FunctionName }) => FunctionName === `\${${functionId}.Arn}`)
      expect(permissions).toEqual([
        {
          Action: 'lambda:InvokeFunction',
          FunctionName: `\${${functionId}.Arn}`,
          Principal: 'apigateway.amazonaws.com',
          SourceArn: `${EXECUTE_API}/${routeKey}`,
        },
      ])
    },
  )

  it('may be invoked by nobody else', () => {
    expect(resourcesOf(template, 'AWS::Lambda::Permission')).toHaveLength(4)
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

function functionOf(routeKey: string): Readonly<Record<string, unknown>> {
  const id = routeKey === 'the queue' ? delivery.workerId : routes.get(routeKey)?.functionId
  const resource = functions.find((candidate) => candidate.id === id)
  if (!resource) throw new Error(`no function serves ${routeKey}`)
  return resource.properties
}

/** All that a role may do, whatever policies say it. */
function statementsOf(roleArn: unknown): unknown[] {
  const role = roles.find(({ id }) => roleArn === `\${${id}.Arn}`)
  return policies
    .filter(({ properties }) => list(properties['Roles']).includes(`\${${role?.id}}`))
    .flatMap(({ properties }) => list(record(properties['PolicyDocument'])['Statement']))
}
