import { UnsupportedError } from '../errors.ts'
import type { Resource } from './resolve-template.ts'

const FUNCTION_URI =
  /^arn:[^:]+:apigateway:[^:]+:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/

/**
 * The ARN in the URI by which API Gateway invokes a function.
 *
 * @throws UnsupportedError when it is the URI of something else
 */
export function functionArnOf(resource: Resource, property: string, uri: string): string {
  const functionArn = FUNCTION_URI.exec(uri)?.[1]
  if (functionArn !== undefined) return functionArn
  const path = `${resource.path}/Properties/${property}`
  throw new UnsupportedError(path, 'only a Lambda function is supported locally')
}
