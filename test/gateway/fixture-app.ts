import * as v from 'valibot'
import { inject, onTestFinished } from 'vitest'
import { startLocal, type Local } from '../../local/index.ts'
import {
  editedAssembly,
  removeResources,
  resourcesOfType,
  type Template,
} from '../support/edited-assembly.ts'
import { eventually } from '../support/eventually.ts'

const ROUTE_RESPONSE = 'AWS::ApiGatewayV2::RouteResponse'
const refSchema = v.object({ Ref: v.string() })

/** An event as a function of the fixture received and logged it. */
export interface LoggedEvent {
  readonly requestContext: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>
  readonly [property: string]: unknown
}

export function startFixture(): Promise<Local> {
  return startLocal({ assembly: inject('fixtureAssembly') })
}

/** The fixture with another template, until the test is over. */
export async function startEdited(edit: (template: Template) => void): Promise<Local> {
  const local = await startLocal({ assembly: editedAssembly(inject('fixtureAssembly'), edit) })
  onTestFinished(() => local.close())
  return local
}

/** Takes a route out, and with it its route response. */
export function removeRoute(template: Template, routeKey: string): void {
  removeResources(template, 'AWS::ApiGatewayV2::Route', ({ Properties }) => {
    return Properties['RouteKey'] === routeKey
  })
  for (const [logicalId, response] of resourcesOfType(template, ROUTE_RESPONSE)) {
    const { Ref: route } = v.parse(refSchema, response.Properties['RouteId'])
    if (!Object.hasOwn(template.Resources, route)) delete template.Resources[logicalId]
  }
}

/** All events of a type, of one connection or of all, that functions have logged so far. */
export function loggedEvents(
  local: Local,
  eventType: string,
  connectionId?: string,
): LoggedEvent[] {
  const events: LoggedEvent[] = []
  for (const { source, line } of local.trace.ofKind('log')) {
    // Lambda's own columns: time, request, level.
    const [, , , text] = line.split('\t')
    if (source !== 'function' || !text?.startsWith('{"')) continue
    const event: LoggedEvent = JSON.parse(text)
    const { requestContext } = event
    if (requestContext['eventType'] !== eventType) continue
    if (connectionId === undefined || requestContext['connectionId'] === connectionId) {
      events.push(event)
    }
  }
  return events
}

/** The event of a type that a function logs for a connection, sooner or later. */
export function loggedEvent(
  local: Local,
  eventType: string,
  connectionId: string,
): Promise<LoggedEvent> {
  return eventually(() => loggedEvents(local, eventType, connectionId)[0])
}
