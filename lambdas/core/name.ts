/**
 * What nobody sees, or what makes two names look like one: control and format characters (zero-width
 * ones, marks that turn the direction), ends of lines and paragraphs, half of a surrogate pair, and the
 * letters and marks that are as wide as nothing.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u034F\u115F\u1160\u3164\uFFA0]/u

/** Whether a name, or an id that a client chose, can be read as it is. */
export function isReadable(name: string): boolean {
  return !UNSEEN.test(name)
}
