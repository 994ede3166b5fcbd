import { Stack } from 'aws-cdk-lib'
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'

/** The address by which API Gateway invokes a function. */
export function invocationUri(handler: IFunction): string {
  return Stack.of(handler).formatArn({
    service: 'apigateway',
    account: 'lambda',
    resource: 'path/2015-03-31/functions',
    resourceName: `${handler.functionArn}/invocations`,
  })
}

/**
 * Lets one part of one API invoke a function. (CDK's own integrations and authorizers would let
 * every stage.)
 *
 * @param resourceName what comes after the API's id in the caller's ARN, such as `prod/$connect`
 */
export function allowInvocation(
  scope: Construct,
  handler: IFunction,
  apiId: string,
  resourceName: string,
): void {
  new CfnPermission(scope, 'Permission', {
    action: 'lambda:InvokeFunction',
    functionName: handler.functionArn,
    principal: 'apigateway.amazonaws.com',
    sourceArn: Stack.of(scope).formatArn({ service: 'execute-api', resource: apiId, resourceName }),
  })
}
