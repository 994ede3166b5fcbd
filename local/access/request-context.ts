import type { Account } from '../template/account.ts'
import type { RequestContext } from './conditions.ts'

const SESSION_ARN = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\/.*$/

/**
 * What conditions of policies may ask about a call.
 *
 * @param principalArn who calls; a session of a role counts as the role
 * @param nowMs milliseconds since 1970
 */
export function requestContext(
  principalArn: string,
  { accountId, region }: Account,
  nowMs: number,
): RequestContext {
  return new Map([
    ['aws:principalarn', principalArn.replace(SESSION_ARN, 'arn:$1:iam::$2:role/$3')],
    ['aws:principalaccount', accountId],
    ['aws:requestedregion', region],
    ['aws:resourceaccount', accountId],
    ['aws:currenttime', new Date(nowMs).toISOString()],
    ['aws:epochtime', String(Math.floor(nowMs / 1000))],
    // On AWS the same call would go by https.
    ['aws:securetransport', 'true'],
  ])
}
