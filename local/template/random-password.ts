/** What a password may be made of, as Secrets Manager's GetRandomPassword has it. */
export interface PasswordRules {
  readonly length: number
  readonly excludeCharacters: string
  readonly excludeLowercase: boolean
  readonly excludeUppercase: boolean
  readonly excludeNumbers: boolean
  readonly excludePunctuation: boolean
  readonly includeSpace: boolean
  /** Whether at least one character of each type that is not excluded has to be in it. */
  readonly requireEachType: boolean
}

// "GetRandomPassword" in the API reference of Secrets Manager.
const LOWERCASE = 'abcdefghijklmnopqrstuvwxyz'
const UPPERCASE = LOWERCASE.toUpperCase()
const NUMBERS = '0123456789'
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'

/**
 * @param random a whole number from 0 to below `limit`, by chance
 * @returns undefined when no password can follow the rules
 */
export function randomPassword(
  rules: PasswordRules,
  random: (limit: number) => number,
): string | undefined {
  const pick = (from: readonly string[]): string => from[random(from.length)] ?? ''
  const types = typesOf(rules)
  const all = [...types.flat(), ...(rules.includeSpace ? without(' ', rules) : [])]
  const required = rules.requireEachType ? types : []
  if (all.length === 0 || required.length > rules.length) return undefined
  const characters = required.map(pick)
  while (characters.length < rules.length) characters.push(pick(all))
  // Else everybody would know of which type the first ones are.
  for (let last = characters.length - 1; last > 0; last -= 1) {
    const other = random(last + 1)
    const [a = '', b = ''] = [characters[last], characters[other]]
    characters[last] = b
    characters[other] = a
  }
  return characters.join('')
}

/** The characters of each type, without a type of which all are excluded. */
function typesOf(rules: PasswordRules): string[][] {
  return [
    rules.excludeLowercase ? '' : LOWERCASE,
    rules.excludeUppercase ? '' : UPPERCASE,
    rules.excludeNumbers ? '' : NUMBERS,
    rules.excludePunctuation ? '' : PUNCTUATION,
  ]
    .map((type) => without(type, rules))
    .filter((type) => type.length > 0)
}

function without(characters: string, { excludeCharacters }: PasswordRules): string[] {
  return Array.from(characters).filter((character) => !excludeCharacters.includes(character))
}
