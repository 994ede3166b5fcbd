/** What is wrong with what an issuer publishes. The names go to the log. */
export type IssuerProblem =
  /** No answer: no such host, no line, a certificate that nobody trusts. */
  | 'IssuerUnreachable'
  | 'IssuerTimeout'
  /** Another HTTP status than 200. */
  | 'IssuerStatus'
  /** More bytes than keys take. */
  | 'IssuerAnswerTooLong'
  | 'IssuerAnswerNotJson'
  /** The discovery document names another issuer, or no `jwks_uri` with https. */
  | 'IssuerDiscovery'
  /** What is at `jwks_uri` is no set of keys. */
  | 'IssuerKeys'

/** The issuer's keys cannot be had. Its name is the problem's, its text holds nothing of a client. */
export class IssuerError extends Error {
  override readonly name: IssuerProblem

  constructor(problem: IssuerProblem, url: string, options?: ErrorOptions) {
    super(`${problem}: ${url}`, options)
    this.name = problem
  }
}
