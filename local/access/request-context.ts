import type { Account } from '../template/account.ts'
import type { RequestContext } from './conditions.ts'

const SESSION_ARN = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\/.*$/

const NO_KEYS: RequestContext = new Map()

/** The ARN of the role that a session has assumed; any other caller's own. */
export function roleArnOf(callerArn: string): string {
  return callerArn.replace(SESSION_ARN, 'arn:$1:iam::$2:role/$3')
}

/**
 * What conditions of policies may ask about a call. Most policies ask nothing, so it is found out
 * only then.
 *
 * @param principalArn who calls, if that is known; a session of a role counts as the role
 * @param nowMs milliseconds since 1970
 * @param own the service's own keys, by lower-case names
 */
export function requestContext(
  principalArn: string | undefined,
  { accountId, region }: Account,
  nowMs: number,
  own: RequestContext = NO_KEYS,
): RequestContext {
  const get = (key: string): string | undefined => {
    switch (key) {
      case 'aws:principalarn':
        return principalArn && roleArnOf(principalArn)
      case 'aws:principalaccount':
      case 'aws:resourceaccount':
        return accountId
      case 'aws:requestedregion':
        return region
      case 'aws:currenttime':
        return new Date(nowMs).toISOString()
      case 'aws:epochtime':
        return String(Math.floor(nowMs / 1000))
      case 'aws:securetransport':
        // On AWS the same call would go by https.
        return 'true'
      default:
        return own.get(key)
    }
  }
  return { get }
}
