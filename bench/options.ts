import * as v from 'valibot'

const EXPECTED = 'expected a whole number of 1 or more'

/** An option's text that is a number of things. */
export const count = v.pipe(v.string(), v.regex(/^[1-9]\d*$/, EXPECTED), v.transform(Number))

/** The same, of several numbers with commas between them. */
export const counts = v.pipe(
  v.string(),
  v.regex(/^[1-9]\d*(,[1-9]\d*)*$/, `${EXPECTED}, or several with commas between them`),
  v.transform((text) => text.split(',').map(Number)),
)
