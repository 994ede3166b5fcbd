import { createHash } from 'node:crypto'

/** What a name could be hashed as by who has no key. */
const PREFIXES = ['', 'room:', 'user:']
const DIGESTS = ['md5', 'sha1', 'sha256', 'sha512']

/**
 * The forms in which a name would be found in what is stored: as it is, encoded, also as a part of
 * something longer, and hashed without a key, for who has a list of names to try.
 */
export function formsOf(name: string): string[] {
  return [...plainForms(name), ...PREFIXES.flatMap((prefix) => hashes(prefix + name))]
}

/** The names that stand in a text, in whatever form. */
export function namesIn(text: string, forms: ReadonlyMap<string, readonly string[]>): string[] {
  const lower = text.toLowerCase()
  // The alphabet of URLs is that of base64 but for two characters.
  const standard = text.replaceAll('-', '+').replaceAll('_', '/')
  return [...forms].flatMap(([name, each]) =>
    each.some((form) => [text, lower, standard].some((where) => where.includes(form)))
      ? [name]
      : [],
  )
}

function plainForms(name: string): string[] {
  const bytes = Buffer.from(name)
  const escaped = JSON.stringify(name).slice(1, -1)
  return [
    name,
    name.toLowerCase(),
    escaped,
    encodeURIComponent(name),
    bytes.toString('hex'),
    bytes.toString('latin1'),
    ...[0, 1, 2].map((offset) => base64At(bytes, offset)),
  ]
}

/** Its base64 inside of something that begins so many bytes before: what does not hang on the rest. */
function base64At(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
}

function hashes(text: string): string[] {
  return DIGESTS.flatMap((digest) => {
    const hash = createHash(digest).update(text).digest()
    return [hash.toString('hex'), hash.toString('base64').replaceAll('=', '')]
  })
}
