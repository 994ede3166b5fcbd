/** The AWS account that the local runtime plays. */
export const ACCOUNT = {
  accountId: '000000000000',
  region: 'us-east-1',
  partition: 'aws',
  urlSuffix: 'amazonaws.com',
} as const

/** `arn:aws:{service}:{region}:{account}:{resource}` */
export function arn(service: string, resource: string): string {
  const { partition, region, accountId } = ACCOUNT
  return `arn:${partition}:${service}:${region}:${accountId}:${resource}`
}
