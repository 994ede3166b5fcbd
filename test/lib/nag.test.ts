import { Stack, Validations, type App } from 'aws-cdk-lib'
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager'
import { HostedZone } from 'aws-cdk-lib/aws-route53'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { AwsSolutionsChecks } from 'cdk-nag'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Switchboard, SwitchboardStack } from '../../lib/index.ts'
import { appWithoutBundles } from '../support/synthesize.ts'
import { record } from '../support/template.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('cdk-nag, with the rules of AWS Solutions,', () => {
  it('finds nothing in the open stack', () => {
    expect(findings(open())).toEqual([])
  })

  it('finds nothing where the account’s role is set elsewhere', () => {
    const app = appWithoutBundles()
    new SwitchboardStack(app, 'Switchboard', { authorizer: null, cloudWatchRole: false })
    expect(findings(app)).toEqual([])
  })

  it('finds nothing with everything on, in a region that is known', () => {
    expect(findings(withEverything())).toEqual([])
  })

  it('finds what is planted', () => {
    const app = open()
    new Queue(app.node.findChild('Switchboard'), 'Planted')
    expect(findings(app)).toEqual([
      'AwsSolutions-SQS3 Switchboard/Planted/Resource',
      'AwsSolutions-SQS4 Switchboard/Planted/Resource',
    ])
  })

  it('finds without a reason what has one: no reason is given in vain, and none for more', () => {
    const given = [open(), withEverything()].flatMap(acknowledged)
    vi.spyOn(Validations.prototype, 'acknowledge').mockReturnValue()
    const found = [open(), withEverything()].flatMap(findings)
    expect(found.toSorted()).toEqual(given.map(({ finding }) => finding).toSorted())
    expect(found.length).toBeGreaterThan(5)
  })

  it('is told a reason by the resource itself, in a sentence', () => {
    for (const { finding, reason } of acknowledged(withEverything())) {
      expect(reason, finding).toMatch(/^[A-Z].{20,}\.$/)
    }
  })
})

function open(): App {
  const app = appWithoutBundles()
  new SwitchboardStack(app, 'Switchboard', { authorizer: null })
  return app
}

function withEverything(): App {
  const app = appWithoutBundles()
  const env = { region: 'eu-central-1', account: '111122223333' }
  const stack = new Stack(app, 'Somebody', { env })
  const certificateArn = 'arn:aws:acm:eu-central-1:111122223333:certificate/example'
  const zone = { hostedZoneId: 'Z1', zoneName: 'example.com' }
  new Switchboard(stack, 'Realtime', {
    authorizer: { issuer: 'https://issuer.example', audience: 'chat', roomsClaim: 'rooms' },
    publishUrl: true,
    allowedOrigins: ['https://app.example'],
    pointInTimeRecovery: true,
    alarmTopic: new Topic(stack, 'Alarms', { enforceSSL: true }),
    domain: {
      domainName: 'ws.example.com',
      certificate: Certificate.fromCertificateArn(stack, 'Certificate', certificateArn),
      hostedZone: HostedZone.fromHostedZoneAttributes(stack, 'Zone', zone),
      disableExecuteApiEndpoint: true,
    },
  })
  return app
}

/** Each with where it is. */
function findings(app: App): string[] {
  const { violations } = new AwsSolutionsChecks().validateScope(app)
  return violations
    .flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    )
    .toSorted()
}

/** The findings that have a reason, as those above. */
function acknowledged(app: App): { finding: string; reason: unknown }[] {
  return app.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(record(data)))
      .map(([rule, reason]) => {
        // A role and a policy of CDK's are around the resource.
        const path = node.path.endsWith('/Resource') ? node.path : `${node.path}/Resource`
        return { finding: `${rule.replace(/^Annotation::/, '')} ${path}`, reason }
      }),
  )
}
