import { matches } from '../access/patterns.ts'
import { AssemblyError } from '../errors.ts'

/** One `--ignore`: a resource type, such resources with a value, or a property of such resources. */
interface Rule {
  readonly text: string
  /** May hold wildcards, as in `AWS::EC2::*`. */
  readonly type: string
  /** Empty for the whole resource. */
  readonly keys: readonly string[]
  /** What the property must be for the whole resource to be left out. May hold wildcards. */
  readonly value: string | undefined
}

/** What the developer wants to go on without. */
export class IgnoreRules {
  readonly #rules: readonly Rule[]
  readonly #used = new Set<Rule>()

  /**
   * @param texts such as `AWS::Cognito::UserPool`, `AWS::EC2::*`, `AWS::Lambda::Function.VpcConfig`
   * and `AWS::Lambda::Function.Runtime=python*`
   */
  constructor(texts: readonly string[] = []) {
    this.#rules = texts.map((text) => {
      const [, path = text, value] = /^([^=]*)=(.*)$/s.exec(text) ?? []
      const [type = '', ...keys] = path.split('.')
      return { text, type, keys, value }
    })
  }

  /** Whether a resource is to be left out. */
  ignores(type: string, properties: Readonly<Record<string, unknown>>): boolean {
    const rules = this.#rules.filter((rule) => {
      if (!matches(rule.type, type)) return false
      const [key, ...others] = rule.keys
      if (key === undefined) return rule.value === undefined
      const value = properties[key]
      const isText = rule.value !== undefined && others.length === 0 && typeof value === 'string'
      return isText && matches(rule.value ?? '', value)
    })
    for (const rule of rules) this.#used.add(rule)
    return rules.length > 0
  }

  /** Properties of a resource of this type, without those that are to be left out. */
  strip(type: string, properties: Readonly<Record<string, unknown>>): unknown {
    let stripped: unknown = properties
    for (const rule of this.#rules) {
      if (rule.keys.length === 0 || rule.value !== undefined) continue
      if (!matches(rule.type, type)) continue
      const without = withoutProperty(stripped, rule.keys)
      if (without !== stripped) this.#used.add(rule)
      stripped = without
    }
    return stripped
  }

  /** @returns an error for each that fits nothing in the app: it may be misspelt */
  unused(): AssemblyError[] {
    return this.#rules
      .filter((rule) => !this.#used.has(rule))
      .map(({ text }) => new AssemblyError(`--ignore ${text} fits nothing in this app`))
  }
}

/**
 * A copy without the property at the end of a path, or the value itself when there is none. At a
 * list the path goes on with the index of an item, or leads through all of them.
 */
export function withoutProperty(value: unknown, [key, ...keys]: readonly string[]): unknown {
  if (key === undefined) return value
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, index) => {
      if (!/^\d+$/.test(key)) return withoutProperty(item, [key, ...keys])
      return index === Number(key) ? withoutProperty(item, keys) : item
    })
    return items.every((item, index) => item === value[index]) ? value : items
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return value
  const { [key]: property, ...others }: Record<string, unknown> = { ...value }
  if (keys.length === 0) return others
  const without = withoutProperty(property, keys)
  return without === property ? value : { ...value, [key]: without }
}
