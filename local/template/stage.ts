import * as v from 'valibot'
import { UnsupportedError } from '../errors.ts'
import {
  accessLogSchema,
  readAccessLog,
  type AccessLogDefinition,
  type AccessLogSources,
} from './access-log.ts'
import { ignored, numeric, readProperties, wholeNumber } from './properties.ts'
import type { Resource } from './resolve-template.ts'

export interface StageDefinition {
  readonly stageName: string
  /** Absent from events when there are none. */
  readonly stageVariables: Readonly<Record<string, string>> | undefined
  /** The throttle that every route has for itself, unless it has its own. */
  readonly defaultThrottle: ThrottleSettings
  /** By route key. */
  readonly routeThrottles: ReadonlyMap<string, ThrottleSettings>
  /** Undefined: none is written. */
  readonly accessLog: AccessLogDefinition | undefined
}

/** What is not set is left to the account's quota. */
export interface ThrottleSettings {
  readonly ratePerSecond?: number
  readonly burst?: number
}

const routeSettingsSchema = v.strictObject({
  ThrottlingRateLimit: v.optional(numeric),
  ThrottlingBurstLimit: v.optional(wholeNumber),
  // Metrics and API Gateway's own logs: neither a client nor a function sees them.
  DetailedMetricsEnabled: ignored,
  DataTraceEnabled: ignored,
  LoggingLevel: ignored,
})

const stageSchema = v.strictObject({
  ApiId: v.string(),
  StageName: v.string(),
  // Without it, a stage serves what its Deployment found: the routes of the same template.
  AutoDeploy: v.optional(v.boolean()),
  DeploymentId: v.optional(v.string()),
  StageVariables: v.optional(v.record(v.string(), v.string())),
  DefaultRouteSettings: v.optional(routeSettingsSchema, {}),
  RouteSettings: v.optional(v.record(v.string(), routeSettingsSchema), {}),
  AccessLogSettings: v.optional(accessLogSchema),
  Description: ignored,
  Tags: ignored,
})

/** @param sources where the log group of its access log is found, and problems with it are noted */
export function readStage(resource: Resource, sources: AccessLogSources): StageDefinition {
  const properties = readProperties(resource, stageSchema)
  if (properties.AutoDeploy !== true && properties.DeploymentId === undefined) {
    const path = `${resource.path}/Properties/AutoDeploy`
    throw new UnsupportedError(path, 'without it, or a DeploymentId, the stage has no routes')
  }
  return {
    stageName: properties.StageName,
    stageVariables: properties.StageVariables,
    defaultThrottle: throttleOf(properties.DefaultRouteSettings),
    routeThrottles: new Map(
      Object.entries(properties.RouteSettings).map(([routeKey, settings]) => [
        routeKey,
        throttleOf(settings),
      ]),
    ),
    accessLog: readAccessLog(resource, properties.AccessLogSettings, sources),
  }
}

function throttleOf(settings: v.InferOutput<typeof routeSettingsSchema>): ThrottleSettings {
  const { ThrottlingRateLimit: ratePerSecond, ThrottlingBurstLimit: burst } = settings
  return {
    ...(ratePerSecond !== undefined && { ratePerSecond }),
    ...(burst !== undefined && { burst }),
  }
}
