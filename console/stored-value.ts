import { propertiesOf, textOf } from './json.ts'

/** A value as DynamoDB's API has it, `{ S: 'a' }`, for people: `a`. What is no plain value stays JSON. */
export function describeStored(value: unknown): string {
  if (value === undefined) return ''
  const [[type, plain] = ['', undefined]] = propertiesOf(value)
  const text = textOf(plain)
  return (type === 'S' || type === 'N') && text !== undefined ? text : JSON.stringify(value)
}

/** The names of all attributes that some item has, each once, in the order of their first appearance. */
export function attributeNames(items: readonly ReadonlyMap<string, unknown>[]): string[] {
  return [...new Set(items.flatMap((item) => [...item.keys()]))]
}
