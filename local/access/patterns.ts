/** Patterns come from templates and authorizers: there are few, and each is asked for often. */
const MAX_KEPT = 10_000

const kept = new Map<string, RegExp>()

/** Whether a text fits a pattern, in which `*` stands for any characters and `?` for one. */
export function matches(pattern: string, text: string): boolean {
  const known = kept.get(pattern)
  if (known) return known.test(text)
  if (kept.size >= MAX_KEPT) kept.clear()
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const expression = new RegExp(`^${source}$`, 's')
  kept.set(pattern, expression)
  return expression.test(text)
}
