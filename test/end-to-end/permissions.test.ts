import { beforeAll, describe, expect, inject, it } from 'vitest'
import { readAssembly } from '../../local/assembly.ts'
import type { Local, TraceEntry } from '../../local/index.ts'
import { readApp } from '../../local/template/read-app.ts'
import { refusedHandshake, TestClient } from '../support/client.ts'
import { AUDIENCE, startClosedStack } from '../support/closed-stack.ts'
import {
  editedAssembly,
  resourcesOfType,
  templateOf,
  type Template,
} from '../support/edited-assembly.ts'
import { readyForFullUse, useAll } from '../support/full-use.ts'
import { permissionUse, type PermissionUse } from '../support/permission-use.ts'
import { addStatement, permissionsOf, widen, withdraw } from '../support/permissions.ts'
import { secretsIn } from '../support/recognisable.ts'
import { startStack } from '../support/stack.ts'

const permissions = permissionsOf(templateOf(inject('assembly')))

let calls: readonly Extract<TraceEntry, { kind: 'call' }>[]
let failure: string | undefined

beforeAll(async () => {
  const local = await start(() => {})
  failure = await useAll(local)
  calls = local.trace.ofKind('call')
  await local.close()
})

function start(edit: (template: Template) => void): Promise<Local> {
  const assembly = editedAssembly(inject('assembly'), (template) => {
    readyForFullUse(template)
    edit(template)
  })
  return startStack({ assembly })
}

/** What the run shows of roles that were otherwise. */
function useWith(edit: (template: Template) => void): PermissionUse {
  const { roles } = readApp(readAssembly(editedAssembly(inject('assembly'), edit)))
  return permissionUse(roles.values(), calls)
}

/** A permission of a function's policy, and how it is named when it should not be as it is. */
function permissionFor(action: string, role = /./) {
  const found = permissions.find((one) => one.action === action && role.test(one.logicalId))
  if (!found) throw new Error(`no permission for ${action}`)
  const [, name = ''] = /^(\w+Role)DefaultPolicy/.exec(found.logicalId) ?? []
  return { ...found, named: new RegExp(`-${name}\\w+: ${action} on arn:aws:`) }
}

describe('the permissions of the stack', () => {
  it('are used by all that it does: nothing is missing, nothing is unused', () => {
    expect(failure).toBeUndefined()
    expect(useWith(() => {})).toEqual({ missing: [], unused: [] })
  })

  it('are all permissions of the template: none is with a role that nobody assumes', () => {
    const template = templateOf(inject('assembly'))
    const { roles } = readApp(readAssembly(inject('assembly')))
    const inTemplate = resourcesOfType(template, 'AWS::IAM::Role').length
    // The seventh is API Gateway's own, by which it writes logs.
    expect([roles.size, inTemplate]).toEqual([6, 7])
  })
})

it('the permissions are used with users and an HTTP door, too', async () => {
  const stack = await startClosedStack(inject('closedAssembly'), readyForFullUse)
  const { local, issuer } = stack
  const connect = async (url: string): Promise<TestClient> => {
    const token = await issuer.sign({ sub: 'alice', aud: AUDIENCE, rooms: ['*'] })
    return TestClient.connect(url, { headers: { Authorization: `Bearer ${token}` } })
  }
  // The authorizer writes of refusals alone.
  expect((await refusedHandshake(local.url)).status).toBe(401)
  expect(await useAll(local, connect)).toBeUndefined()
  const use = permissionUse(local.app.roles.values(), local.trace.ofKind('call'))
  expect(use).toEqual({ missing: [], unused: [] })
  await stack.close()
})

describe('a permission too many is named', () => {
  const scan = permissionFor('dynamodb:Scan')

  it('when a statement has one more action', () => {
    const { missing, unused } = useWith((template) => widen(template, scan, 'dynamodb:GetItem'))
    const named = new RegExp(scan.named.source.replace(scan.action, 'dynamodb:GetItem'))
    expect([missing, unused]).toEqual([[], [expect.stringMatching(named)]])
  })

  it('when there is a statement for another resource', () => {
    const other = 'arn:aws:dynamodb:us-east-1:000000000000:table/Other'
    const { missing, unused } = useWith((template) => addStatement(template, scan, other))
    expect([missing, unused]).toEqual([[], [expect.stringMatching(`${scan.named.source}.*/Other`)]])
  })

  it('when a statement is there twice', () => {
    const { unused } = useWith((template) => addStatement(template, scan))
    const named = expect.stringMatching(scan.named)
    expect(unused).toEqual([named, named])
  })

  it('when an action has a wildcard', () => {
    const { unused } = useWith((template) => widen(template, scan, 'dynamodb:*'))
    expect(unused).toEqual([expect.stringMatching(/: dynamodb:\* on /)])
  })

  it('when it is a service that may assume a role', () => {
    const [role, ...others] = readApp(readAssembly(inject('assembly'))).roles.values()
    if (!role) throw new Error('no role')
    const trustedServices = [...role.trustedServices, 'ec2.amazonaws.com']
    const { unused } = permissionUse([{ ...role, trustedServices }, ...others], calls)
    expect(unused).toEqual([`${role.roleName}: sts:AssumeRole on ${role.roleArn}`])
  })
})

describe('a permission that is taken away is named', () => {
  it.each([
    'dynamodb:PutItem',
    'dynamodb:Scan',
    'dynamodb:Query',
    'dynamodb:GetItem',
    'sqs:SendMessage',
    'execute-api:ManageConnections',
    'logs:CreateLogStream',
  ])('when it is %s', async (action) => {
    const permission = permissionFor(action)
    const local = await start((template) => withdraw(template, permission))
    expect(await useAll(local)).toBeDefined()
    const { missing } = permissionUse(local.app.roles.values(), local.trace.ofKind('call'))
    expect(missing).toEqual([expect.stringMatching(permission.named)])
    // A failure is logged, and who met it is not in the log.
    expect(secretsIn(local.trace.ofKind('log'))).toEqual([])
    await local.close()
  })

  it.each(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'])(
    'before anything runs when it is %s, which Lambda itself needs',
    async (action) => {
      const permission = permissionFor(action)
      const starting = start((template) => withdraw(template, permission))
      await expect(starting).rejects.toThrow(`to call ${action.slice('sqs:'.length)} on SQS`)
    },
  )
})
