import { ApplicationLogLevel, SystemLogLevel } from 'aws-cdk-lib/aws-lambda'
import type { Template } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import { synthesize } from '../support/synthesize.ts'
import { record, resourcesOf } from '../support/template.ts'

describe('the functions’ logs', () => {
  it('are lines of JSON, of Lambda’s own only those about what failed', () => {
    expect(logsOf(synthesize())).toEqual(sixTimes({ application: 'INFO', system: 'WARN' }))
  })

  it('have the levels that properties say', () => {
    const template = synthesize({
      logLevel: ApplicationLogLevel.DEBUG,
      systemLogLevel: SystemLogLevel.INFO,
    })
    expect(logsOf(template)).toEqual(sixTimes({ application: 'DEBUG', system: 'INFO' }))
  })

  it.each(['TRACE', 'DEBUG', 'INFO'] as const)('may have the level %s', (level) => {
    expect(() => synthesize({ logLevel: ApplicationLogLevel[level] })).not.toThrow()
  })

  it.each(['WARN', 'ERROR', 'FATAL'] as const)(
    'may not have %s: metrics have no level',
    (level) => {
      expect(() => synthesize({ logLevel: ApplicationLogLevel[level] })).toThrow(
        `logLevel: expected TRACE, DEBUG, INFO, got ${level}: the metrics would be lost`,
      )
    },
  )
})

interface Levels {
  readonly application: unknown
  readonly system: unknown
}

function sixTimes(levels: Levels): Levels[] {
  return Array.from({ length: 6 }, () => levels)
}

/** The levels of each function that writes JSON. */
function logsOf(template: Template): Levels[] {
  return resourcesOf(template, 'AWS::Lambda::Function')
    .map(({ properties }) => record(properties['LoggingConfig']))
    .filter(({ LogFormat }) => LogFormat === 'JSON')
    .map(({ ApplicationLogLevel: application, SystemLogLevel: system }) => ({
      application,
      system,
    }))
}
