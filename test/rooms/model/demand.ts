/** @throws Error when the server has broken a promise */
export function demand(isKept: boolean, broken: () => string): asserts isKept {
  if (!isKept) throw new Error(broken())
}
