import { describe, expect, it } from 'vitest'
import { readApp } from '../../../local/template/read-app.ts'
import { assemblyOf, chatWith } from '../../support/assembly.ts'

describe('a function', () => {
  it.each([
    ['Timeout', 1, 900],
    ['MemorySize', 128, 10_240],
  ])("has a %s within Lambda's limits: %d to %d", (name, least, most) => {
    const act = (value: number) => () => readApp(assemblyOf(chatWith('Handler', { [name]: value })))
    expect(act(least)).not.toThrow()
    expect(act(most)).not.toThrow()
    expect(act(least - 1)).toThrowError(`Resources/Handler/Properties/${name}`)
    expect(act(most + 1)).toThrowError(`Resources/Handler/Properties/${name}`)
  })

  it('logs text, or JSON from levels on', () => {
    const logs = (config: Readonly<Record<string, unknown>>) =>
      readApp(assemblyOf(chatWith('Handler', { LoggingConfig: config }))).functions[0]?.jsonLogs
    expect(logs({})).toBeUndefined()
    expect(logs({ LogFormat: 'Text', LogGroup: 'mine' })).toBeUndefined()
    expect(logs({ LogFormat: 'JSON' })).toEqual({
      applicationLogLevel: 'INFO',
      systemLogLevel: 'INFO',
    })
    const levels = { ApplicationLogLevel: 'FATAL', SystemLogLevel: 'WARN' }
    expect(logs({ LogFormat: 'JSON', ...levels })).toEqual({
      applicationLogLevel: 'FATAL',
      systemLogLevel: 'WARN',
    })
    expect(() => logs({ LogFormat: 'JSON', SystemLogLevel: 'ERROR' })).toThrow('SystemLogLevel')
    for (const [name, level] of Object.entries(levels)) {
      expect(() => logs({ [name]: level })).toThrow('only with the log format JSON')
    }
  })

  it('allows a recursive loop only if it says so', () => {
    const allows = (properties: Readonly<Record<string, unknown>>): unknown =>
      readApp(assemblyOf(chatWith('Handler', properties))).functions[0]?.allowsRecursiveLoop
    expect(allows({ RecursiveLoop: 'Allow' })).toBe(true)
    expect(allows({ RecursiveLoop: 'Terminate' })).toBe(false)
    expect(allows({})).toBe(false)
    expect(() => allows({ RecursiveLoop: 'allow' })).toThrow('RecursiveLoop')
  })
})
