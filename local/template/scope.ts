import type { Stack } from '../assembly.ts'
import { UnsupportedError } from '../errors.ts'
import { identify, type Identifiers } from './identifiers.ts'
import { DYNAMIC_REFERENCE, resolveIntrinsics, type Scope } from './intrinsics.ts'
import { placeholderAttribute, placeholderRef } from './placeholders.ts'

/** Parameters whose default is their value; one that names a parameter of SSM stands for another. */
const PLAIN_PARAMETERS = new Set(['String', 'Number'])
const LIST_PARAMETERS = new Set(['CommaDelimitedList', 'List<Number>'])

export interface TemplateScopeProps {
  readonly stack: Stack
  /** The resources that the local runtime goes on without. */
  readonly leftOut: ReadonlySet<string>
  /** Before each place in messages: '' or `{stackName}/`. */
  readonly prefix: string
  /** What all stacks together export under a name. */
  importValue(name: string): unknown
  /** What the stack of a name has as an output. */
  stackOutput(stackName: string, outputName: string): unknown
}

/** What the names in one template stand for, in the local account. */
export class TemplateScope implements Scope {
  readonly #props: TemplateScopeProps
  readonly #pseudoParameters: ReadonlyMap<string, unknown>

  constructor(props: TemplateScopeProps) {
    this.#props = props
    const { stackName, account } = props.stack
    this.#pseudoParameters = new Map<string, unknown>([
      ['AWS::AccountId', account.accountId],
      ['AWS::Region', account.region],
      ['AWS::Partition', account.partition],
      ['AWS::URLSuffix', account.urlSuffix],
      ['AWS::StackName', stackName],
      ['AWS::StackId', account.arn('cloudformation', `stack/${stackName}/local`)],
      ['AWS::NotificationARNs', []],
    ])
  }

  ref(name: string): unknown {
    return (
      this.#pseudoParameters.get(name) ??
      this.identifiersOf(name)?.ref ??
      this.#parameter(name) ??
      (this.#isPlaceheld(name) ? placeholderRef(name) : undefined)
    )
  }

  getAtt(logicalId: string, attribute: string): unknown {
    const value = this.identifiersOf(logicalId)?.attributes[attribute]
    if (value !== undefined || !this.#isPlaceheld(logicalId)) return value
    const { template, account } = this.#props.stack
    const type = template.Resources[logicalId]?.Type ?? ''
    return placeholderAttribute(logicalId, type, attribute, account)
  }

  condition(name: string): boolean | undefined {
    const expression = this.#props.stack.template.Conditions[name]
    if (expression === undefined) return undefined
    return resolveIntrinsics(expression, this, this.path(`Conditions/${name}`)) === true
  }

  findInMap(map: string, first: string, second: string): unknown {
    return this.#props.stack.template.Mappings[map]?.[first]?.[second]
  }

  importValue(name: string): unknown {
    return this.#props.importValue(name)
  }

  stackOutput(stackName: string, outputName: string): unknown {
    return this.#props.stackOutput(stackName, outputName)
  }

  get stackName(): string {
    return this.#props.stack.stackName
  }

  /** The value of the output of a name, or undefined when there is none. */
  output(name: string): unknown {
    const [, output] = this.outputs().find(([other]) => other === name) ?? []
    return output && resolveIntrinsics(output.Value, this, this.path(`Outputs/${name}`))
  }

  /** The value of the output that is exported under a name, or undefined when none is. */
  exported(name: string): unknown {
    for (const [output, { Export, Value }] of this.outputs()) {
      const path = this.path(`Outputs/${output}`)
      if (Export && resolveIntrinsics(Export.Name, this, `${path}/Export/Name`) === name) {
        return resolveIntrinsics(Value, this, path)
      }
    }
    return undefined
  }

  /** The outputs whose conditions hold. */
  outputs(): [string, Stack['template']['Outputs'][string]][] {
    return Object.entries(this.#props.stack.template.Outputs).filter(([name, { Condition }]) =>
      this.holds(Condition, this.path(`Outputs/${name}`)),
    )
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
    const { stack, leftOut } = this.#props
    const { stackName, account, template } = stack
    const resource = template.Resources[logicalId]
    if (!resource || leftOut.has(logicalId) || !this.exists(logicalId)) return undefined
    const path = this.path(`Resources/${logicalId}`)
    const property = (name: string): string | undefined => {
      const place = `${path}/Properties/${name}`
      const value = resolveIntrinsics(resource.Properties[name], this, place)
      if (typeof value !== 'string') return undefined
      // It would be seen wherever the resource is.
      if (!value.includes(DYNAMIC_REFERENCE)) return value
      throw new UnsupportedError(place, 'a dynamic reference in a name is not supported locally')
    }
    return identify(resource.Type, { stackName, account, logicalId, property })
  }

  /** Whether the resource is in the template and has a condition that holds, or none. */
  exists(logicalId: string): boolean {
    const resource = this.#props.stack.template.Resources[logicalId]
    return (
      resource !== undefined && this.holds(resource.Condition, this.path(`Resources/${logicalId}`))
    )
  }

  path(place: string): string {
    return `${this.#props.prefix}${place}`
  }

  /** Left out, or refused for its type: what refers to it is no further problem. */
  #isPlaceheld(logicalId: string): boolean {
    return this.exists(logicalId) && this.identifiersOf(logicalId) === undefined
  }

  #parameter(name: string): unknown {
    const { template, parameters } = this.#props.stack
    const parameter = template.Parameters[name]
    if (!parameter) return undefined
    const value = parameters[name] ?? parameter.Default
    if (PLAIN_PARAMETERS.has(parameter.Type)) return value
    if (!LIST_PARAMETERS.has(parameter.Type) || typeof value !== 'string') return undefined
    return value.split(',').map((item) => item.trim())
  }
}
