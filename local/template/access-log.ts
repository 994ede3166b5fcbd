import * as v from 'valibot'
import type { Account } from './account.ts'
import { isPlaceholder } from './placeholders.ts'
import type { Problems } from './problems.ts'
import type { Resource } from './resolve-template.ts'

/** A stage's access log. */
export interface AccessLogDefinition {
  readonly logGroupName: string
  /** One line of text and `$context` variables. */
  readonly format: string
}

/** API Gateway takes no format without one of them. */
const REQUEST_ID = /\$context\.(?:requestId|extendedRequestId)\b/

export const accessLogSchema = v.strictObject({
  DestinationArn: v.string(),
  Format: v.pipe(
    v.string(),
    v.check((format) => !/[\r\n]/.test(format), 'the format of an access log is a single line'),
    v.check(
      (format) => REQUEST_ID.test(format),
      'the format of an access log needs $context.requestId or $context.extendedRequestId',
    ),
  ),
})

/**
 * Reads where the access log goes: into a log group of the app.
 *
 * @returns undefined without a log, and when the developer goes on without its log group
 */
export function readAccessLog(
  stage: Resource,
  settings: v.InferOutput<typeof accessLogSchema> | undefined,
  { resources, account, problems }: AccessLogSources,
): AccessLogDefinition | undefined {
  if (!settings || isPlaceholder(settings.DestinationArn)) return undefined
  const group = resources.find(
    ({ type, ref }) =>
      type === 'AWS::Logs::LogGroup' && isArnOf(ref, settings.DestinationArn, account),
  )
  if (group) return { logGroupName: group.ref, format: settings.Format }
  problems.add({
    path: `${stage.path}/Properties/AccessLogSettings/DestinationArn`,
    reason: `only a log group of the app is supported locally, not ${settings.DestinationArn}`,
    type: stage.type,
    ignore: `${stage.type}.AccessLogSettings`,
  })
  return undefined
}

export interface AccessLogSources {
  readonly resources: readonly Resource[]
  readonly account: Account
  readonly problems: Problems
}

/** CloudFormation's ARN of a log group ends in `:*`, which API Gateway takes off. */
function isArnOf(logGroupName: string, arn: string, account: Account): boolean {
  return arn.replace(/:\*$/, '') === account.arn('logs', `log-group:${logGroupName}`)
}
