import {
  array,
  boolean,
  constant,
  constantFrom,
  double,
  json,
  oneof,
  record,
  string,
  tuple,
  uint8Array,
  type Arbitrary,
} from 'fast-check'

/** Any UTF-16 text, with halves of surrogate pairs and control characters. */
export const anyText: Arbitrary<string> = string({ unit: 'binary', maxLength: 200 }).chain((text) =>
  array(constantFrom('\uD800', '\uDC00', '\u0000', '\u200B', ''), { maxLength: 3 }).map(
    (extras) => text + extras.join(''),
  ),
)

/** Any bytes, read as UTF-8. */
export const anyBytes: Arbitrary<string> = uint8Array({ maxLength: 300 }).map((bytes) =>
  Buffer.from(bytes).toString('utf8'),
)

const trickyKeys = constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '',
  'action',
  'data',
)

/** JSON text whose objects have the names that objects have anyway, and numbers that are too large. */
const trickyJson: Arbitrary<string> = array(
  oneof(
    json({ maxDepth: 3 }),
    trickyKeys.map((key) => `{${JSON.stringify(key)}:{"a":1}}`),
    constantFrom(
      '1e999',
      '-1e999',
      '-0',
      '1e-999',
      '9007199254740993',
      '"\\ud800"',
      '{"a":1,"a":2}',
    ),
    double({ noNaN: true, noDefaultInfinity: true }).map(String),
  ),
  { minLength: 1, maxLength: 3 },
).map((items) => (items.length === 1 ? (items[0] ?? '') : `[${items.join(',')}]`))

/** Any JSON text. */
export const anyJson: Arbitrary<string> = oneof(json({ maxDepth: 6 }), trickyJson)

/** Right far more often than anything else: a frame of five fields would hardly ever be right. */
function mostly(right: Arbitrary<string>): Arbitrary<string> {
  return oneof({ weight: 9, arbitrary: right }, anyJson)
}

/** A `sendmessage` whose fields are right, nearly right, or anything. */
export const anyCommand: Arbitrary<string> = record(
  {
    action: mostly(constant('"sendmessage"')),
    data: mostly(anyJson),
    id: mostly(string({ minLength: 1, maxLength: 66 }).map(quote)),
    to: mostly(constantFrom('"Target="', '"A="', '"b-_9"', '"../x"', '{"room":"a"}')),
    echo: mostly(boolean().map(String)),
    others: oneof(
      { weight: 9, arbitrary: constant(undefined) },
      tuple(oneof(trickyKeys, string({ maxLength: 5 })), anyJson),
    ),
  },
  { requiredKeys: ['action', 'data'] },
).map(({ others, ...fields }) => {
  const entries: (readonly [string, string])[] = Object.entries(fields)
  if (others) entries.push(others)
  return `{${entries.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`
})

/** The text forms, with anything behind their colons. */
export const anyTextForm: Arbitrary<string> = record({
  form: constantFrom('BROADCAST:', 'PRIVATE:', 'PRIVATE:Target=:', 'PRIVATE:A=', 'broadcast:'),
  text: anyText,
}).map(({ form, text }) => form + text)

function quote(value: unknown): string {
  return JSON.stringify(value) ?? 'null'
}
