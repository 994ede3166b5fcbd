import * as v from 'valibot'
import { removeResources, resourcesOfType, type Template } from '../support/edited-assembly.ts'

const ROUTE_RESPONSE = 'AWS::ApiGatewayV2::RouteResponse'
const refSchema = v.object({ Ref: v.string() })

/** Takes a route out of the fixture's template, and with it its route response. */
export function removeRoute(template: Template, routeKey: string): void {
  removeResources(template, 'AWS::ApiGatewayV2::Route', ({ Properties }) => {
    return Properties['RouteKey'] === routeKey
  })
  for (const [logicalId, response] of resourcesOfType(template, ROUTE_RESPONSE)) {
    const { Ref: route } = v.parse(refSchema, response.Properties['RouteId'])
    if (!Object.hasOwn(template.Resources, route)) delete template.Resources[logicalId]
  }
}
