import * as v from 'valibot'
import { UnsupportedError } from '../errors.ts'
import { isPlaceholder } from './placeholders.ts'
import type { Problems } from './problems.ts'
import { ignored, readProperties } from './properties.ts'
import type { Resource } from './resolve-template.ts'

/** Where a custom domain leads to the stage. */
export interface ApiMapping {
  /** May begin with `*.`, which stands for any one label. */
  readonly domainName: string
  /** The path at the domain, such as `chat`; '' for the domain itself. */
  readonly key: string
}

const domainNameSchema = v.strictObject({
  DomainName: v.string(),
  // Certificates and TLS: the local runtime has its own.
  DomainNameConfigurations: ignored,
  RoutingMode: v.optional(v.literal('API_MAPPING_ONLY')),
  Tags: ignored,
})

const apiMappingSchema = v.strictObject({
  ApiId: v.string(),
  Stage: v.string(),
  DomainName: v.string(),
  ApiMappingKey: v.optional(v.string(), ''),
})

/** @param stageName of the one stage that there is */
export function readApiMappings(
  ofType: (type: string) => readonly Resource[],
  stageName: string,
  problems: Problems,
): ApiMapping[] {
  problems.each(ofType('DomainName'), (resource) => readProperties(resource, domainNameSchema))
  const mappings = problems.each(ofType('ApiMapping'), (resource) => {
    const { Stage, DomainName, ApiMappingKey } = readProperties(resource, apiMappingSchema)
    if (Stage !== stageName) {
      throw new UnsupportedError(`${resource.path}/Properties/Stage`, `there is no stage ${Stage}`)
    }
    // Names of hosts are the same in any case.
    return { domainName: DomainName.toLowerCase(), key: ApiMappingKey }
  })
  return mappings.filter(({ domainName }) => !isPlaceholder(domainName))
}
