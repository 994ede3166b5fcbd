import type { IncomingMessage } from 'node:http'
import type { ApiDefinition } from '../template/api-gateway.ts'
import { decodePercent, splitOnce } from '../text.ts'

type Reachable = Pick<ApiDefinition, 'stageName' | 'mappings' | 'endpointIsDisabled'>

/** What of a request says where it goes. */
type Addressed = Pick<IncomingMessage, 'headers' | 'url'>

/**
 * Where the stage is: at a custom domain, under the keys of its mappings; anywhere else, under its own
 * name, unless the API has no endpoint but its custom domains. No custom domain leads to this machine,
 * so the mappings' keys are good for its own name, too.
 */
export class StagePaths {
  /** Without a slash at the end: `/prod`, `/chat`, or '' for the root. */
  readonly #anywhere: readonly string[]
  readonly #domains: readonly { readonly isHost: RegExp; readonly path: string }[]

  constructor({ stageName, mappings, endpointIsDisabled }: Reachable) {
    this.#domains = mappings.map(({ domainName, key }) => ({
      isHost: new RegExp(`^${hostPattern(domainName)}$`, 'i'),
      path: key === '' ? '' : `/${key}`,
    }))
    const own = endpointIsDisabled ? [] : [`/${stageName}`]
    this.#anywhere = [...own, ...this.#domains.map(({ path }) => path)]
  }

  /** The path to show to people: the stage's own, if it has one. */
  get first(): string {
    return this.#anywhere[0] ?? ''
  }

  /** Whether a request is to the stage itself, with or without a trailing slash and a query. */
  isStage(request: Addressed): boolean {
    const path = pathOf(request)
    return this.#of(request).some((stage) => path === stage || path === `${stage}/`)
  }

  /**
   * Of `{stage}/@connections/{connectionId}`; undefined for any other path. `@` and the id's `=` may
   * come percent-encoded.
   */
  connectionId(request: Addressed): string | undefined {
    const segments = pathOf(request).split('/').map(decodePercent)
    const [keyword, connectionId] = segments.slice(-2)
    const stage = segments.slice(0, -2).join('/')
    const isKnown = keyword === '@connections' && this.#of(request).includes(stage)
    return isKnown ? connectionId : undefined
  }

  #of({ headers }: Addressed): readonly string[] {
    const [host] = splitOnce(headers.host ?? '', ':')
    const ofDomain = this.#domains.filter(({ isHost }) => isHost.test(host))
    return ofDomain.length > 0 ? ofDomain.map(({ path }) => path) : this.#anywhere
  }
}

/** The source of an expression for the hosts of a custom domain. */
export function hostPattern(domainName: string): string {
  return domainName.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace('*', '[\\w-]+')
}

function pathOf({ url = '' }: Addressed): string {
  return splitOnce(url, '?')[0]
}
