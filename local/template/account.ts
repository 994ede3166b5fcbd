/** What CDK writes for a stack that may go anywhere. */
const UNKNOWN_ACCOUNT = 'unknown-account'
const UNKNOWN_REGION = 'unknown-region'

/** The AWS account and region that the local runtime plays for a stack. */
export class Account {
  readonly accountId: string
  readonly region: string

  /** The defaults are for a stack that may go to any account and region. */
  constructor(accountId = '000000000000', region = 'us-east-1') {
    this.accountId = accountId
    this.region = region
  }

  get partition(): string {
    return this.region.startsWith('cn-') ? 'aws-cn' : 'aws'
  }

  get urlSuffix(): string {
    return this.region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  }

  /** `arn:aws:{service}:{region}:{accountId}:{resource}` */
  arn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}:${this.region}:${this.accountId}:${resource}`
  }

  /** The same for IAM and STS, whose resources have no region. */
  globalArn(service: 'iam' | 'sts', resource: string): string {
    return `arn:${this.partition}:${service}::${this.accountId}:${resource}`
  }
}

/**
 * @param environments of stacks in a cloud assembly: `aws://{accountId}/{region}`, in which either
 * may be unknown; the first that knows counts
 */
export function readAccount(...environments: readonly (string | undefined)[]): Account {
  const parts = environments.map((environment) => {
    return /^aws:\/\/([^/]+)\/([^/]+)$/.exec(environment ?? '') ?? []
  })
  return new Account(
    parts
      .map(([, accountId]) => accountId)
      .find((id) => id !== undefined && id !== UNKNOWN_ACCOUNT),
    parts
      .map(([, , region]) => region)
      .find((name) => name !== undefined && name !== UNKNOWN_REGION),
  )
}
