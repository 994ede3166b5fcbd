import { Token } from 'aws-cdk-lib'
import {
  ApiMapping,
  CfnApi,
  DomainName,
  IpAddressType,
  SecurityPolicy,
  type WebSocketStage,
} from 'aws-cdk-lib/aws-apigatewayv2'
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager'
import { AaaaRecord, ARecord, RecordTarget, type IHostedZone } from 'aws-cdk-lib/aws-route53'
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets'
import { Construct } from 'constructs'

/** A domain of your own in place of API Gateway's. */
export interface DomainSettings {
  /** Such as `ws.example.com`. API Gateway has it for one WebSocket API, or for several by `path`. */
  readonly domainName: string

  /** For the domain, in the stack's own region. */
  readonly certificate: ICertificate

  /**
   * Where the domain's address records go, A and AAAA.
   *
   * @default - none: make a CNAME record to the output `DomainTarget`
   */
  readonly hostedZone?: IHostedZone

  /**
   * The path of the WebSocket URL, in place of the stage's name: letters, digits, `-` and `_`.
   *
   * @default - none: `wss://{domainName}`
   */
  readonly path?: string

  /**
   * Whether API Gateway's own address is closed, for clients and for `@connections`. Pushes go
   * through the domain then, and need its DNS record.
   *
   * @default false
   */
  readonly disableExecuteApiEndpoint?: boolean
}

/** A path of one part: a mapping of a WebSocket API has no more. */
const PATH = /^[\w-]+$/

/** A domain that leads to a stage, with its records. */
export class CustomDomain extends Construct {
  /** `wss://{domainName}` and the path. */
  readonly webSocketUrl: string
  /** The domain's `@connections` endpoint, when it is the only one. */
  readonly callbackUrl: string | undefined
  /** What a DNS record has to lead to. */
  readonly target: string

  /** @throws RangeError when the path is not what its description says */
  constructor(scope: Construct, id: string, stage: WebSocketStage, props: DomainSettings) {
    super(scope, id)
    const { domainName, certificate, hostedZone, path } = props
    if (path !== undefined && !Token.isUnresolved(path) && !PATH.test(path)) {
      throw new RangeError(`domain.path: expected letters, digits, - and _, got "${path}"`)
    }
    const domain = new DomainName(this, 'Name', {
      domainName,
      certificate,
      securityPolicy: SecurityPolicy.TLS_1_2,
      ipAddressType: IpAddressType.DUAL_STACK,
    })
    new ApiMapping(this, 'Mapping', {
      api: stage.api,
      stage,
      domainName: domain,
      ...(path !== undefined && { apiMappingKey: path }),
    })
    this.target = domain.regionalDomainName
    if (hostedZone) this.#addRecords(domain, domainName, hostedZone)
    const address = path === undefined ? domainName : `${domainName}/${path}`
    this.webSocketUrl = `wss://${address}`
    if (!props.disableExecuteApiEndpoint) return
    this.callbackUrl = `https://${address}`
    const api = stage.api.node.defaultChild
    if (api instanceof CfnApi) api.disableExecuteApiEndpoint = true
  }

  #addRecords(domain: DomainName, domainName: string, zone: IHostedZone): void {
    const { regionalDomainName, regionalHostedZoneId } = domain
    const target = RecordTarget.fromAlias(
      new ApiGatewayv2DomainProperties(regionalDomainName, regionalHostedZoneId),
    )
    // With the dot at its end, it is the whole name, whatever the zone's is.
    const record = { zone, recordName: `${domainName}.`, target }
    new ARecord(this, 'Ipv4Record', record)
    new AaaaRecord(this, 'Ipv6Record', record)
  }
}
