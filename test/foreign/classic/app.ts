// A WebSocket API as it was written before CDK had constructs for it, and often still is: L1
// resources, a Deployment, and a role by which API Gateway invokes the functions.
import { App, CfnOutput, Stack } from 'aws-cdk-lib'
import {
  CfnApi,
  CfnDeployment,
  CfnIntegration,
  CfnRoute,
  CfnRouteResponse,
  CfnStage,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda'

const stack = new Stack(new App(), 'Classic')
const api = new CfnApi(stack, 'Api', {
  name: 'classic',
  protocolType: 'WEBSOCKET',
  routeSelectionExpression: '$request.body.action',
})

const echo = new Function(stack, 'Echo', {
  runtime: Runtime.NODEJS_20_X,
  handler: 'index.handler',
  code: Code.fromInline(
    'exports.handler = (event, context, callback) => callback(null, { statusCode: 200, body: event.body })',
  ),
})

const caller = new Role(stack, 'Caller', {
  assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
})
const invoke = new ManagedPolicy(stack, 'Invoke', {
  statements: [
    new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [echo.functionArn] }),
  ],
})
caller.addManagedPolicy(invoke)

const integration = new CfnIntegration(stack, 'EchoIntegration', {
  apiId: api.ref,
  integrationType: 'AWS_PROXY',
  integrationUri: `arn:aws:apigateway:${stack.region}:lambda:path/2015-03-31/functions/${echo.functionArn}/invocations`,
  credentialsArn: caller.roleArn,
})
const routes = ['$connect', '$default'].map((routeKey, index) => {
  const route = new CfnRoute(stack, `Route${index}`, {
    apiId: api.ref,
    routeKey,
    authorizationType: 'NONE',
    target: `integrations/${integration.ref}`,
    ...(routeKey === '$default' && { routeResponseSelectionExpression: '$default' }),
  })
  if (routeKey === '$default') {
    new CfnRouteResponse(stack, 'Reply', {
      apiId: api.ref,
      routeId: route.ref,
      routeResponseKey: '$default',
    })
  }
  return route
})

const deployment = new CfnDeployment(stack, 'Deployment', { apiId: api.ref })
for (const route of routes) deployment.addDependency(route)
const stage = new CfnStage(stack, 'Stage', {
  apiId: api.ref,
  stageName: 'dev',
  autoDeploy: true,
  deploymentId: deployment.ref,
})
new CfnOutput(stack, 'Url', { value: `${api.attrApiEndpoint}/${stage.stageName}` })
