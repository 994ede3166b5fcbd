/**
 * How many cases a property gets: what it asks for in `npm test`, a hundred times that in
 * `npm run test:nightly`.
 */
export function cases(count: number): { readonly numRuns: number } {
  return { numRuns: count * Number(process.env['CASES_FACTOR'] ?? 1) }
}
