import { Token } from 'aws-cdk-lib'
import { ENVIRONMENT } from './environment.ts'

/** Tokens of one issuer: any that speaks OpenID Connect, or a user pool of Cognito. */
export interface JwtAuthorizer {
  /**
   * As tokens have it in `iss`, such as `https://tenant.eu.auth0.com/`. Its keys are found by
   * `{issuer}/.well-known/openid-configuration`.
   */
  readonly issuer: string

  /** Whom tokens are for: one of these is in `aud`, or in `client_id` of Cognito's access tokens. */
  readonly audience: string | readonly string[]

  /**
   * Whether a token may also come as `?token=`. URLs end up in logs, in histories and in `Referer`
   * headers, and a token in one with them: a subprotocol or a header is better.
   *
   * @default false
   */
  readonly queryToken?: boolean

  /**
   * The claim of a token that lists the rooms it is good for, such as `rooms`: an array of names, or one
   * text with spaces between them. `team-7-*` stands for all rooms whose names begin with `team-7-`, and
   * `*` for all. Whoever is not listed can neither join a room, nor send to it, nor see who is in it.
   *
   * @default - every room is open to every client
   */
  readonly roomsClaim?: string
}

/** Who may connect. */
export interface AuthorizerSettings {
  /** Whose tokens open the door, or null: "I know that it is open". */
  readonly authorizer: JwtAuthorizer | null

  /**
   * The pages that may connect, by their origins: scheme, host and a port that is not the scheme's
   * own, such as `https://app.example.com`. A page from elsewhere gets 403.
   *
   * @default - any page
   */
  readonly allowedOrigins?: readonly string[]

  /**
   * Whether a client that sends no Origin may connect although `allowedOrigins` lists some. Browsers
   * always send one; apps, servers and wscat do not.
   *
   * @default true
   */
  readonly allowMissingOrigin?: boolean
}

/**
 * What the authorizer's function has to know, by the names of its variables; undefined when
 * anybody may connect, and no authorizer is needed.
 *
 * @throws RangeError when a property is not what its description says
 */
export function authorizerEnvironment(
  props: AuthorizerSettings,
): Record<string, string> | undefined {
  const { authorizer, allowedOrigins, allowMissingOrigin } = props
  if (allowMissingOrigin !== undefined && !allowedOrigins) {
    throw new RangeError('allowMissingOrigin: says nothing without allowedOrigins')
  }
  if (!authorizer && !allowedOrigins) return undefined
  return {
    ...(authorizer && tokenEnvironment(authorizer)),
    ...(allowedOrigins && {
      [ENVIRONMENT.allowedOrigins]: readOrigins(allowedOrigins).join(','),
      [ENVIRONMENT.allowMissingOrigin]: String(allowMissingOrigin ?? true),
    }),
  }
}

/**
 * What the functions that use rooms and users have to know of permissions, by the names of its
 * variables.
 */
export function permissionEnvironment({ authorizer }: AuthorizerSettings): Record<string, string> {
  if (!authorizer) return {}
  return { [ENVIRONMENT.hasUsers]: 'true', ...roomsEnvironment(authorizer) }
}

function roomsEnvironment({ roomsClaim }: JwtAuthorizer): Record<string, string> {
  if (roomsClaim === undefined) return {}
  if (roomsClaim !== '') return { [ENVIRONMENT.roomsClaim]: roomsClaim }
  throw new RangeError("authorizer.roomsClaim: expected a claim's name such as rooms, got nothing")
}

function tokenEnvironment(authorizer: JwtAuthorizer): Record<string, string> {
  const { issuer, audience, queryToken = false } = authorizer
  return {
    [ENVIRONMENT.jwtIssuer]: readIssuer(issuer),
    [ENVIRONMENT.jwtAudience]: readAudiences([audience].flat()).join(','),
    [ENVIRONMENT.queryToken]: String(queryToken),
    ...roomsEnvironment(authorizer),
  }
}

/** What is not known before the deployment, such as a user pool's URL, is taken as it is. */
function readIssuer(issuer: string): string {
  if (Token.isUnresolved(issuer)) return issuer
  if (/^https:\/\/[^?#@\s]+$/.test(issuer) && URL.canParse(issuer)) return issuer
  throw new RangeError(
    `authorizer.issuer: expected a URL such as https://tenant.auth0.com/, got "${issuer}"`,
  )
}

function readAudiences(audiences: readonly string[]): readonly string[] {
  if (audiences.length > 0 && audiences.every(isAudience)) return audiences
  throw new RangeError(
    `authorizer.audience: expected texts without commas and spaces, got ${JSON.stringify(audiences)}`,
  )
}

function isAudience(audience: string): boolean {
  return Token.isUnresolved(audience) || /^[^,\s]+$/.test(audience)
}

function readOrigins(origins: readonly string[]): readonly string[] {
  if (origins.length === 0) {
    throw new RangeError('allowedOrigins: expected one at least; leave it out for any page')
  }
  for (const origin of origins) assertOrigin(origin)
  return origins
}

/** What a browser's scheme and host look like, or those of a WebView such as `capacitor://localhost`. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[a-z\d.:[\]-]+$/

/** An origin in another form than a browser's would never fit. */
function assertOrigin(origin: string): void {
  if (Token.isUnresolved(origin) || origin === 'null') return
  // Of schemes that are not the web's, URL knows no origin.
  const known = URL.canParse(origin) ? new URL(origin).origin : 'null'
  if (ORIGIN.test(origin) && (known === origin || known === 'null')) return
  const expected = ORIGIN.test(known) ? known : 'an origin such as https://app.example.com'
  throw new RangeError(`allowedOrigins: expected ${expected}, got "${origin}"`)
}
