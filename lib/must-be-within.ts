/** @throws RangeError when it is no whole number, or not within these limits */
export function mustBeWithin(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new RangeError(`${name}: expected a whole number from ${least} to ${most}, got ${value}`)
}
