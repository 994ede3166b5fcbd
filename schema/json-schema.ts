import { toJsonSchemaDefs, type JsonSchema } from '@valibot/to-json-schema'
import { connectionIdField, dataField } from '../lambdas/core/fields.ts'
import { FRAMES, UNIONS } from './frames.ts'
import { ROOT_TEXT, SHARED_TEXTS, TEXTS, type Text } from './texts.ts'

const ANY_JSON = { $ref: '#/$defs/Json' }

/** What findFault() of the Lambdas lets pass, as far as a schema can say it. */
const JSON_VALUE: JsonSchema = {
  type: ['null', 'boolean', 'number', 'string', 'array', 'object'],
  minimum: -Number.MAX_VALUE,
  maximum: Number.MAX_VALUE,
  items: ANY_JSON,
  propertyNames: { not: { const: '__proto__' } },
  additionalProperties: ANY_JSON,
}

/** The protocol as a JSON Schema: the content of docs/protocol.schema.json. */
export function protocolSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: "Switchboard's protocol, version 1",
    description: ROOT_TEXT,
    anyOf: ['ClientMessage', 'ServerMessage', 'GatewayMessage'].map((name) => ({
      $ref: `#/$defs/${name}`,
    })),
    $defs: definitions(),
  }
}

function definitions(): Record<string, JsonSchema> {
  const shared = { ConnectionId: connectionIdField, Json: dataField }
  const schemas = { ...UNIONS, ...FRAMES, ...shared }
  const texts: Record<keyof typeof schemas, Text> = { ...SHARED_TEXTS, ...TEXTS }
  const textOf = new Map(Object.entries(texts))
  const generated = toJsonSchemaDefs(schemas, {
    target: 'draft-2020-12',
    // Which characters can be read is told in a text: Unicode's classes in a pattern are an error to
    // many a language's validator.
    ignoreActions: ['check', 'readonly'],
    overrideSchema: ({ valibotSchema: { type } }) => (type === 'custom' ? JSON_VALUE : undefined),
  })
  return mapValues(generated, (schema, name) => describe(schema, textOf.get(name)))
}

function describe({ properties, ...schema }: JsonSchema, text: Text | undefined): JsonSchema {
  const fields = new Map(Object.entries(text?.fields ?? {}))
  const described = (field: JsonSchema | boolean, name: string): JsonSchema | boolean =>
    typeof field === 'object' ? { description: fields.get(name), ...field } : field
  return {
    description: text?.about,
    ...schema,
    ...(properties && { properties: mapValues(properties, described) }),
  }
}

function mapValues<From, To>(
  object: Readonly<Record<string, From>>,
  map: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value, key)]))
}
