/** A user pool as an issuer, by its regional name or by its global one. */
const USER_POOL = /^https:\/\/(?:issuer-)?cognito-idp\.[a-z\d-]+\.amazonaws\.com(?:\.cn)?\/[\w-]+$/

/** Whether tokens are Cognito's: its access tokens name their audience in `client_id`. */
export function isCognitoIssuer(issuer: string): boolean {
  return USER_POOL.test(issuer)
}
