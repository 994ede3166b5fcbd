import { randomInt } from 'node:crypto'
import * as v from 'valibot'
import { UnsupportedError } from '../errors.ts'
import { parseJsonObject } from '../json.ts'
import { DYNAMIC_REFERENCE } from './intrinsics.ts'
import type { Problems } from './problems.ts'
import { between, flag, ignored, readProperties } from './properties.ts'
import { randomPassword } from './random-password.ts'
import type { Resource } from './resolve-template.ts'

/** A secret of the app, which has its value for one run. */
export interface Secret {
  readonly name: string
  readonly arn: string
  /** Undefined: the template gives it none. */
  readonly value: string | undefined
}

export const SECRET = 'AWS::SecretsManager::Secret'

// "GetRandomPassword" and "CreateSecret" in the API reference of Secrets Manager.
const DEFAULT_PASSWORD_LENGTH = 32
const MAX_PASSWORD_LENGTH = 4_096
const MAX_SECRET_BYTES = 65_536

const template = v.pipe(
  v.string(),
  v.check(
    (text) => parseJsonObject(text) !== undefined,
    'the template of a secret is a JSON object',
  ),
)

const generateSchema = v.pipe(
  v.strictObject({
    PasswordLength: v.optional(between(1, MAX_PASSWORD_LENGTH), DEFAULT_PASSWORD_LENGTH),
    ExcludeCharacters: v.optional(v.string(), ''),
    ExcludeLowercase: v.optional(flag, false),
    ExcludeUppercase: v.optional(flag, false),
    ExcludeNumbers: v.optional(flag, false),
    ExcludePunctuation: v.optional(flag, false),
    IncludeSpace: v.optional(flag, false),
    RequireEachIncludedType: v.optional(flag, true),
    SecretStringTemplate: v.optional(template),
    GenerateStringKey: v.optional(v.string()),
  }),
  v.check(
    ({ SecretStringTemplate, GenerateStringKey }) =>
      (SecretStringTemplate === undefined) === (GenerateStringKey === undefined),
    'SecretStringTemplate and GenerateStringKey go together',
  ),
)

type Rules = v.InferOutput<typeof generateSchema>

const secretSchema = v.pipe(
  v.strictObject({
    SecretString: v.optional(
      v.pipe(
        v.string(),
        v.check(
          (text) => !text.includes(DYNAMIC_REFERENCE),
          'a dynamic reference in a secret is not supported locally',
        ),
        v.maxBytes(MAX_SECRET_BYTES),
      ),
    ),
    GenerateSecretString: v.optional(generateSchema),
    // Another region is not supported locally.
    ReplicaRegions: v.optional(v.pipe(v.array(v.unknown()), v.length(0))),
    Name: ignored,
    Description: ignored,
    // Who may decrypt it: nobody here reads it but the deployment.
    KmsKeyId: ignored,
    Tags: ignored,
  }),
  v.check(
    ({ SecretString, GenerateSecretString }) =>
      SecretString === undefined || GenerateSecretString === undefined,
    'a secret has either SecretString or GenerateSecretString',
  ),
)

/** Reads all secrets, and makes up the values of those that ask for one. */
export function readSecrets(resources: readonly Resource[], problems: Problems): Secret[] {
  const all = resources.filter(({ type }) => type === SECRET)
  return problems.each(all, (resource) => {
    const { SecretString, GenerateSecretString: rules } = readProperties(resource, secretSchema)
    const { ref: arn } = resource
    const name = nameOf(arn)
    if (rules === undefined) return { arn, name, value: SecretString }
    const password = makeUp(resource, rules)
    problems.conceal(password)
    return { arn, name, value: fillIn(rules, password) }
  })
}

function makeUp(resource: Resource, rules: Rules): string {
  const password = randomPassword(
    {
      length: rules.PasswordLength,
      excludeCharacters: rules.ExcludeCharacters,
      excludeLowercase: rules.ExcludeLowercase,
      excludeUppercase: rules.ExcludeUppercase,
      excludeNumbers: rules.ExcludeNumbers,
      excludePunctuation: rules.ExcludePunctuation,
      includeSpace: rules.IncludeSpace,
      requireEachType: rules.RequireEachIncludedType,
    },
    randomInt,
  )
  if (password !== undefined) return password
  const path = `${resource.path}/Properties/GenerateSecretString`
  throw new UnsupportedError(path, 'no password can follow these rules')
}

/** The password, or the template with it under its key. */
function fillIn({ SecretStringTemplate, GenerateStringKey }: Rules, password: string): string {
  if (SecretStringTemplate === undefined || GenerateStringKey === undefined) return password
  const fields = new Map(Object.entries(parseJsonObject(SecretStringTemplate) ?? {}))
  return JSON.stringify(Object.fromEntries(fields.set(GenerateStringKey, password)))
}

/** Of an ARN that ends in a hyphen and six characters of Secrets Manager's own. */
const ARN = /^(arn:.*:secret:(.+))-\w{6}$/

function nameOf(arn: string): string {
  return ARN.exec(arn)?.[2] ?? arn
}

/**
 * @param id a secret's name or ARN, also one without the six characters at its end
 * @returns undefined when the app has no such secret
 */
export function findSecret(secrets: readonly Secret[], id: string): Secret | undefined {
  return secrets.find(({ name, arn }) => [name, arn, ARN.exec(arn)?.[1]].includes(id))
}
