type Single = Readonly<Record<string, string | undefined>> | null | undefined
type Multi = Readonly<Record<string, readonly string[] | undefined>> | null | undefined

/** What a client sent to open its connection, in the two forms of API Gateway's events. */
export interface Handshake {
  /** The last value of each header; the other form has all of them. */
  readonly headers?: Single
  readonly multiValueHeaders?: Multi
  readonly queryStringParameters?: Single
  readonly multiValueQueryStringParameters?: Multi
}

/**
 * Every value of a header, in order. A proxy or a client may write its name in any case, and twice.
 *
 * @param name in lower case
 */
export function headerValues(handshake: Handshake, name: string): readonly string[] {
  const isIt = (candidate: string): boolean => candidate.toLowerCase() === name
  const all = valuesOf(handshake.multiValueHeaders, isIt)
  return all.length > 0 ? all : valuesOf(handshake.headers, isIt)
}

/** Every value of a parameter of the query, in order. Its name is as it is written. */
export function queryValues(handshake: Handshake, name: string): readonly string[] {
  const isIt = (candidate: string): boolean => candidate === name
  const all = valuesOf(handshake.multiValueQueryStringParameters, isIt)
  return all.length > 0 ? all : valuesOf(handshake.queryStringParameters, isIt)
}

function valuesOf(named: Single | Multi, isIt: (name: string) => boolean): string[] {
  const entries = Object.entries<string | readonly string[] | undefined>(named ?? {})
  return entries.filter(([name]) => isIt(name)).flatMap(([, value]) => value ?? [])
}
