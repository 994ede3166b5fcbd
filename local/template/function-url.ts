import * as v from 'valibot'
import { UnsupportedError } from '../errors.ts'
import { functionUrlDomain, functionUrlId } from './identifiers.ts'
import type { Account } from './account.ts'
import type { FunctionDefinition } from './lambda.ts'
import type { Problems } from './problems.ts'
import { readProperties } from './properties.ts'
import type { Resource } from './resolve-template.ts'

export type FunctionUrlAuthType = 'AWS_IAM' | 'NONE'

/** The URL at which a function can be called by HTTP. */
export interface FunctionUrlDefinition {
  readonly functionArn: string
  readonly functionName: string
  readonly authType: FunctionUrlAuthType
  readonly urlId: string
  /** Its host on AWS, which functions' variables and outputs may name. */
  readonly domainName: string
}

const FUNCTION_URL = 'AWS::Lambda::Url'

const urlSchema = v.strictObject({
  TargetFunctionArn: v.string(),
  AuthType: v.picklist(['AWS_IAM', 'NONE']),
  // A response that begins before the function has returned is not supported locally.
  InvokeMode: v.optional(v.literal('BUFFERED')),
})

/** Reads all resources of type AWS::Lambda::Url. */
export function readFunctionUrls(
  resources: readonly Resource[],
  functions: readonly FunctionDefinition[],
  account: Account,
  problems: Problems,
): FunctionUrlDefinition[] {
  const urls = resources.filter(({ type }) => type === FUNCTION_URL)
  return problems.each(urls, (resource) => {
    const { AuthType } = readProperties(resource, urlSchema)
    const target = functions.find(({ functionArn }) => functionArn === resource.ref)
    const isInApp = resources.some(({ arn }) => arn === resource.ref)
    if (!target && !isInApp) {
      const path = `${resource.path}/Properties/TargetFunctionArn`
      throw new UnsupportedError(path, `the function ${resource.ref} is not in this template`)
    }
    return {
      functionArn: resource.ref,
      functionName: target?.functionName ?? '',
      authType: AuthType,
      urlId: functionUrlId(resource),
      domainName: functionUrlDomain(resource, account),
    }
  })
}
