/** Makes a thing when it is asked for first: a cold start, and many an invocation, may need none. */
export function lazy<Thing extends object>(make: () => Thing): () => Thing {
  let made: Thing | undefined
  return () => (made ??= make())
}
