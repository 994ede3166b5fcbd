import type { Assembly, Template } from '../assembly.ts'
import { UnsupportedError } from '../errors.ts'
import type { Account } from './account.ts'
import { identify, type Identifiers } from './identifiers.ts'
import { resolveIntrinsics, type Scope } from './intrinsics.ts'

/** Parameters whose default is their value; one that names a parameter of SSM stands for another. */
const PLAIN_PARAMETERS = new Set(['String', 'Number'])

/** What the names in one template stand for, in the local account. */
export class TemplateScope implements Scope {
  readonly #stackName: string
  readonly #account: Account
  readonly #template: Template
  readonly #pseudoParameters: ReadonlyMap<string, unknown>

  constructor({ stackName, account, template }: Assembly) {
    this.#stackName = stackName
    this.#account = account
    this.#template = template
    this.#pseudoParameters = new Map<string, unknown>([
      ['AWS::AccountId', account.accountId],
      ['AWS::Region', account.region],
      ['AWS::Partition', account.partition],
      ['AWS::URLSuffix', account.urlSuffix],
      ['AWS::StackName', stackName],
      ['AWS::StackId', `arn:aws:cloudformation:::stack/${stackName}/local`],
      ['AWS::NotificationARNs', []],
    ])
  }

  ref(name: string): unknown {
    const parameter = this.#template.Parameters[name]
    return (
      this.#pseudoParameters.get(name) ??
      this.identifiersOf(name)?.ref ??
      (parameter && PLAIN_PARAMETERS.has(parameter.Type) ? parameter.Default : undefined)
    )
  }

  getAtt(logicalId: string, attribute: string): unknown {
    return this.identifiersOf(logicalId)?.attributes[attribute]
  }

  condition(name: string): boolean | undefined {
    const expression = this.#template.Conditions[name]
    if (expression === undefined) return undefined
    return resolveIntrinsics(expression, this, `Conditions/${name}`) === true
  }

  findInMap(map: string, first: string, second: string): unknown {
    return this.#template.Mappings[map]?.[first]?.[second]
  }

  /** Whether what has this condition, or none, is made at all. */
  holds(condition: string | undefined, path: string): boolean {
    if (condition === undefined) return true
    const value = this.condition(condition)
    if (value === undefined) throw new UnsupportedError(path, `there is no condition ${condition}`)
    return value
  }

  /** Undefined when there is no such resource, or none of a type that is known here. */
  identifiersOf(logicalId: string): Identifiers | undefined {
    const resource = this.#template.Resources[logicalId]
    const path = `Resources/${logicalId}`
    if (!resource || !this.holds(resource.Condition, path)) return undefined
    const property = (name: string): string | undefined => {
      const value = resolveIntrinsics(resource.Properties[name], this, `${path}/Properties/${name}`)
      return typeof value === 'string' ? value : undefined
    }
    return identify(resource.Type, {
      stackName: this.#stackName,
      account: this.#account,
      logicalId,
      property,
    })
  }
}
