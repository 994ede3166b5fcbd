import * as v from 'valibot'
import { ignored, readProperties } from './properties.ts'
import type { Resource } from './resolve-template.ts'

const logGroupSchema = v.strictObject({
  LogGroupName: ignored,
  RetentionInDays: ignored,
  LogGroupClass: ignored,
  Tags: ignored,
})

/** Checks a log group, which has nothing but its name. */
export function readLogGroupName(resource: Resource): string {
  readProperties(resource, logGroupSchema)
  return resource.ref
}
