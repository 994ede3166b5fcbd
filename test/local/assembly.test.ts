import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { readAssembly, type Assembly, type Stack } from '../../local/assembly.ts'
import { AssemblyError } from '../../local/errors.ts'

const STACK = {
  type: 'aws:cloudformation:stack',
  properties: { templateFile: 'Chat.template.json', stackName: 'chat-prod' },
}
const STAGE = { type: 'cdk:cloud-assembly' }
const TEMPLATE = { Resources: { Table: { Type: 'AWS::DynamoDB::Table' } } }

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-assembly-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

describe('an assembly', () => {
  it('is read with its stack’s name and template, what is optional filled in', () => {
    write('manifest.json', { artifacts: { Chat: STACK, Tree: { type: 'cdk:tree' } } })
    write('Chat.template.json', TEMPLATE)
    const { stackName, template } = only(readAssembly(directory))
    expect(stackName).toBe('chat-prod')
    expect(template).toEqual({
      Resources: { Table: { Type: 'AWS::DynamoDB::Table', Properties: {} } },
      Outputs: {},
      Parameters: {},
      Mappings: {},
      Conditions: {},
      Metadata: {},
    })
  })

  it('takes the name of the artifact for a stack without one', () => {
    const properties = { templateFile: 'Chat.template.json' }
    write('manifest.json', { artifacts: { Chat: { ...STACK, properties } } })
    write('Chat.template.json', TEMPLATE)
    expect(only(readAssembly(directory)).stackName).toBe('Chat')
  })

  it.each([
    ['aws://unknown-account/unknown-region', '000000000000', 'us-east-1', 'aws'],
    ['aws://111122223333/eu-west-1', '111122223333', 'eu-west-1', 'aws'],
    ['aws://111122223333/cn-north-1', '111122223333', 'cn-north-1', 'aws-cn'],
    [undefined, '000000000000', 'us-east-1', 'aws'],
  ])(
    'is for the account and region that the app names: %s',
    (environment, id, region, partition) => {
      write('manifest.json', { artifacts: { Chat: { ...STACK, environment } } })
      write('Chat.template.json', TEMPLATE)
      const { account } = only(readAssembly(directory))
      expect(account).toMatchObject({ accountId: id, region, partition })
      expect(account.arn('lambda', 'x')).toBe(`arn:${partition}:lambda:${region}:${id}:x`)
    },
  )

  it('finds an asset by the key in its bucket', () => {
    write('manifest.json', {
      artifacts: {
        Chat: STACK,
        'Chat.assets': { type: 'cdk:asset-manifest', properties: { file: 'Chat.assets.json' } },
      },
    })
    write('Chat.template.json', TEMPLATE)
    write('Chat.assets.json', {
      files: {
        one: { source: { path: 'asset.one' }, destinations: { here: { objectKey: 'one.zip' } } },
        made: { source: {}, destinations: { here: { objectKey: 'made.zip' } } },
      },
    })
    const assembly = readAssembly(directory)
    expect(assembly.assetPath('one.zip')).toBe(join(directory, 'asset.one'))
    expect(assembly.assetPath('made.zip')).toBeUndefined()
    expect(assembly.assetPath('one')).toBeUndefined()
  })

  it('may hold several stacks, in which what one does not know another does', () => {
    const Data = { ...STACK, environment: 'aws://unknown-account/eu-west-1' }
    const Users = { ...STACK, environment: 'aws://111122223333/unknown-region' }
    write('manifest.json', { artifacts: { Data, Users } })
    write('Chat.template.json', TEMPLATE)
    expect(readAssembly(directory).stacks).toMatchObject([
      { account: { accountId: '111122223333', region: 'eu-west-1' } },
      { account: { accountId: '111122223333', region: 'eu-west-1' } },
    ])
  })

  it('may hold the one CDK Stage that holds the stacks', () => {
    mkdirSync(join(directory, 'assembly-Prod'))
    const stage = { type: 'cdk:cloud-assembly', properties: { directoryName: 'assembly-Prod' } }
    write('manifest.json', { artifacts: { 'assembly-Prod': stage } })
    write('assembly-Prod/manifest.json', {
      artifacts: {
        Chat: STACK,
        'Chat.assets': { type: 'cdk:asset-manifest', properties: { file: 'Chat.assets.json' } },
      },
    })
    write('assembly-Prod/Chat.template.json', TEMPLATE)
    write('assembly-Prod/Chat.assets.json', {
      files: {
        one: { source: { path: '../asset.one' }, destinations: { here: { objectKey: 'one.zip' } } },
      },
    })
    const assembly = readAssembly(directory)
    expect(only(assembly).stackName).toBe('chat-prod')
    expect(assembly.assetPath('one.zip')).toBe(join(directory, 'asset.one'))
  })

  it('of the project itself is read', () => {
    const { stackName, template } = only(readAssembly(inject('assembly')))
    expect(stackName).toBe('Switchboard')
    expect(Object.keys(template.Outputs)).toEqual([
      'WebSocketUrl',
      'CallbackUrl',
      'DeliveryQueueUrl',
    ])
  })
})

describe('an assembly that cannot be read', () => {
  it('is not there: says what to do', () => {
    const nowhere = join(directory, 'nowhere')
    expect(() => readAssembly(nowhere)).toThrowError(
      new AssemblyError(`no cloud assembly in ${nowhere}: run "npx cdk synth" first`),
    )
  })

  it.each([{ artifacts: {} }, { artifacts: { Tree: { type: 'cdk:tree' } } }])(
    'has no stack: $artifacts',
    ({ artifacts }) => {
      write('manifest.json', { artifacts })
      expect(() => readAssembly(directory)).toThrowError(
        new AssemblyError(`${directory} holds no stack`),
      )
    },
  )

  it.each([
    { One: STAGE, Two: STAGE },
    { One: STAGE, Chat: STACK },
  ])('leaves open which stage is meant: names them all', (artifacts) => {
    write('manifest.json', { artifacts })
    expect(() => readAssembly(directory)).toThrowError(
      `Choose one:\n\n  --assembly ${join(directory, 'One')}`,
    )
  })

  it('has a stack without a template', () => {
    write('manifest.json', { artifacts: { Chat: { type: STACK.type } } })
    expect(() => readAssembly(directory)).toThrowError(
      new AssemblyError('the stack Chat names no template file'),
    )
  })

  it.each([
    { name: 'no artifacts', manifest: {}, problem: 'artifacts' },
    { name: 'artifacts without a type', manifest: { artifacts: { Chat: {} } }, problem: 'type' },
    { name: 'a list', manifest: [], problem: 'artifacts' },
  ])('has a manifest with $name: names the file', ({ manifest, problem }) => {
    write('manifest.json', manifest)
    expectToName('manifest.json', problem)
  })

  it.each([
    { name: 'no resources', template: {}, problem: 'Resources' },
    { name: 'a resource without a type', template: { Resources: { A: {} } }, problem: 'Type' },
    {
      name: 'an output without a value',
      template: { ...TEMPLATE, Outputs: { Url: {} } },
      problem: 'Value',
    },
    {
      name: 'examples of another shape',
      template: { ...TEMPLATE, Metadata: { 'Local::Examples': ['hi'] } },
      problem: 'Local::Examples',
    },
  ])('has a template with $name: names the file', ({ template, problem }) => {
    write('manifest.json', { artifacts: { Chat: STACK } })
    write('Chat.template.json', template)
    expectToName('Chat.template.json', problem)
  })

  it('is no JSON: names the file', () => {
    writeFileSync(join(directory, 'manifest.json'), '{"artifacts":')
    expectToName('manifest.json', 'JSON')
  })

  it('lacks the template that its manifest names: names the file', () => {
    write('manifest.json', { artifacts: { Chat: STACK } })
    expectToName('Chat.template.json', 'no such file')
  })
})

function only({ stacks: [stack, ...others] }: Assembly): Stack {
  if (stack && others.length === 0) return stack
  throw new Error('not one stack')
}

function write(name: string, content: unknown): void {
  writeFileSync(join(directory, name), JSON.stringify(content))
}

function expectToName(file: string, problem: string): void {
  const act = () => readAssembly(directory)
  expect(act).toThrowError(AssemblyError)
  expect(act).toThrowError(`${join(directory, file)}: `)
  expect(act).toThrowError(problem)
}
