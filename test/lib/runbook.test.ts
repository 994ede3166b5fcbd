import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Template } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import { Monitoring } from '../../lib/monitoring.ts'
import { METRIC_NAMESPACE } from '../../lib/metrics.ts'
import { sourceFiles } from '../repository/source-files.ts'
import { watchable } from '../support/monitored.ts'
import { ROOT } from '../support/root.ts'
import { resourcesOf } from '../support/template.ts'

const runbook = readFileSync(join(ROOT, 'docs', 'RUNBOOK.md'), 'utf8')
const { stack, parts } = watchable()
new Monitoring(stack, 'Monitoring', { ...parts, dashboard: false })
const descriptions = descriptionsOf(Template.fromStack(stack))

/** Of the page, with what stands below each. */
const sections = new Map(
  runbook
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [heading = '', ...lines] = section.split('\n')
      return [heading, lines.join('\n')]
    }),
)

/** The one that is about no alarm. */
const GENERAL = 'Where to look'
const headings = [...sections.keys()].filter((heading) => heading !== GENERAL)

describe('the runbook', () => {
  it('has a heading for each alarm, and none without its alarm', () => {
    expect(descriptions).toHaveLength(9)
    const links = descriptions.map((description) => String(/\S+$/.exec(description)?.[0]))
    expect(links.toSorted()).toEqual(
      headings.map((heading) => `docs/RUNBOOK.md#${anchorOf(heading)}`).toSorted(),
    )
  })

  it.each(headings)('says of "%s" what it means, where to look and what to do', (heading) => {
    const labels = sections.get(heading)?.match(/^\*\*\w+\.\*\*/gm)
    expect(labels).toEqual(['**Description.**', '**Investigation.**', '**Resolution.**'])
  })

  it('links only to headings that it has', () => {
    const links = [...runbook.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor)
    expect(links.length).toBeGreaterThan(4)
    const anchors = new Set([...sections.keys()].map(anchorOf))
    expect(links.filter((link) => !anchors.has(String(link)))).toEqual([])
  })

  it('names each event that the functions log, and no other', () => {
    const logged = sourceFiles('lambdas').flatMap(({ text }) =>
      [...text.matchAll(/\b(?:report|orFail)\('(\w+)'/g)].map(([, event]) => String(event)),
    )
    const named = [...runbook.matchAll(/^\| `(\w+)` +\|/gm)].map(([, event]) => String(event))
    expect(logged.length).toBeGreaterThan(5)
    expect(named.toSorted()).toEqual([...new Set(logged)].toSorted())
  })

  it('is where a property says', () => {
    const other = watchable()
    const runbookUrl = 'https://git.example/docs/RUNBOOK.md'
    new Monitoring(other.stack, 'Monitoring', { ...other.parts, runbookUrl, dashboard: false })
    const found = descriptionsOf(Template.fromStack(other.stack))
    expect(found.filter((description) => !description.includes(`${runbookUrl}#`))).toEqual([])
    expect(found).toHaveLength(9)
  })

  it('says what the alarms cost', () => {
    const metrics = metricsIn(Template.fromStack(stack))
    const dollars = (count: number): string => `$${(count * 0.1).toFixed(2)}`
    const ofAuthorizer = 7
    expect(runbook).toContain(
      `${dollars(metrics - ofAuthorizer)} for all of them, ${dollars(metrics)} with\nan authorizer`,
    )
  })
})

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(' ', '-')
}

function descriptionsOf(template: Template): string[] {
  return resourcesOf(template, 'AWS::CloudWatch::Alarm').map(({ properties }) =>
    String(properties['AlarmDescription']),
  )
}

/** How many the alarms look at: what is billed. */
function metricsIn(template: Template): number {
  const text = JSON.stringify(resourcesOf(template, 'AWS::CloudWatch::Alarm'))
  expect(text).toContain(METRIC_NAMESPACE)
  return text.split('"MetricName"').length - 1
}
