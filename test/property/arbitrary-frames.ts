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

/** A room's name that is good more often than not. */
const room = mostly(
  oneof(
    { weight: 3, arbitrary: constantFrom('a', 'b', 'a2') },
    { weight: 1, arbitrary: constantFrom('forbidden', 'x'.repeat(129), 'a\u200b') },
    { weight: 1, arbitrary: string({ maxLength: 3 }) },
  ).map(quote),
)
const id = mostly(string({ minLength: 1, maxLength: 66 }).map(quote))
const flag = mostly(boolean().map(String))

/** Whom a message may be for: a connection, a room or a user, or nearly so. */
const target = mostly(
  constantFrom(
    '"Target="',
    '"A="',
    '"b-_9"',
    '"../x"',
    '{"room":"a"}',
    '{"room":"forbidden"}',
    '{"room":""}',
    '{"user":"alice"}',
    '{"user":"bob"}',
    '{"user":"a","room":"a"}',
    '{}',
  ),
)

/** A frame of these fields, some of which may be missing, and of one that none has. */
function frameOf<Fields extends Record<string, Arbitrary<string>>>(
  fields: Fields,
  requiredKeys: (keyof Fields & string)[],
): Arbitrary<string> {
  const others = oneof(
    { weight: 9, arbitrary: constant(undefined) },
    tuple(oneof(trickyKeys, string({ maxLength: 5 })), anyJson),
  )
  return tuple(record(fields, { requiredKeys }), others).map(([known, other]) => {
    const entries: (readonly [string, string])[] = Object.entries<string>(known)
    if (other) entries.push(other)
    return `{${entries.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`
  })
}

const anySendMessage = frameOf(
  { action: mostly(constant('"sendmessage"')), data: mostly(anyJson), id, to: target, echo: flag },
  ['action', 'data'],
)

const anyRoomCommand = frameOf(
  { action: mostly(constantFrom('"join"', '"leave"', '"members"')), room, id, announce: flag },
  ['action', 'room'],
)

const anyListOfMembers = frameOf(
  { action: constant('"members"'), room, after: mostly(constantFrom('"A="', '"../x"', '""')) },
  ['action', 'room'],
)

/** A command whose fields are right, nearly right, or anything. */
export const anyCommand: Arbitrary<string> = oneof(
  { weight: 3, arbitrary: anySendMessage },
  { weight: 2, arbitrary: anyRoomCommand },
  { weight: 1, arbitrary: anyListOfMembers },
)

/** The text forms, with anything behind their colons. */
export const anyTextForm: Arbitrary<string> = record({
  form: constantFrom('BROADCAST:', 'PRIVATE:', 'PRIVATE:Target=:', 'PRIVATE:A=', 'broadcast:'),
  text: anyText,
}).map(({ form, text }) => form + text)

function quote(value: unknown): string {
  return JSON.stringify(value) ?? 'null'
}
