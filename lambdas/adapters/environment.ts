/** @throws when this function's environment has no such variable */
export function textFrom(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`the environment variable ${name} is missing`)
  return value
}

/** @throws when this function's environment has no such variable, or no number of 0 or more in it */
export function numberFrom(name: string): number {
  const value = Number(textFrom(name))
  if (value >= 0) return value
  throw new Error(`the environment variable ${name} is not a number of 0 or more`)
}

/**
 * Undefined when this function's environment has no such variable.
 *
 * @throws when it is empty: what is meant to close a door must not leave it open
 */
export function optionalTextFrom(name: string): string | undefined {
  return process.env[name] === undefined ? undefined : textFrom(name)
}

/** Whether the variable holds `true`. */
export function isSet(name: string): boolean {
  return process.env[name] === 'true'
}
