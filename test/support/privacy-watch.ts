import * as v from 'valibot'
import type { QueuedMessage, StoredItem } from '../../local/index.ts'
import {
  accessLine,
  jsonLine,
  metricsLine,
  platformJsonLine,
  platformTextLine,
  stackLine,
  textLine,
} from './privacy-logged.ts'
import { connectionsItem, membershipsItem, queuedMessage } from './privacy-stored.ts'

/** An entry `log` of the trace. */
interface LogLine {
  /** `access` is API Gateway's own log, which belongs to no function. */
  readonly source: string
  readonly functionName?: string | undefined
  readonly logGroupName: string
  readonly line: string
}

/** Characters that a violation shows of what was written, and of the part that is wrong. */
const MAX_SHOWN_CHARACTERS = 120

/** Why a line may not be in a log; undefined when it may. */
export function logViolation(entry: LogLine): string | undefined {
  const { functionName, logGroupName, line } = entry
  return violation(`log of ${functionName ?? logGroupName}`, schemaOf(entry), line)
}

/** The same of an item of a table. */
export function itemViolation({ tableName, item }: StoredItem): string | undefined {
  const schema = tableName.includes('Memberships') ? membershipsItem : connectionsItem
  return violation(`table ${tableName}`, schema, item)
}

/** The same of a message in a queue. */
export function messageViolation(message: QueuedMessage): string | undefined {
  return violation(`queue ${message.queueName}`, queuedMessage, message)
}

function schemaOf({ source, functionName = '', line }: LogLine): v.GenericSchema {
  const isJson = line.startsWith('{')
  if (source === 'access') return accessLine
  if (source === 'platform') return isJson ? platformJsonLine : platformTextLine
  if (line.startsWith('{"_aws"')) return metricsLine(functionName)
  if (isJson) return jsonLine
  return /^\s+at /.test(line) ? stackLine : textLine
}

function violation(where: string, schema: v.GenericSchema, value: unknown): string | undefined {
  const { issues } = v.safeParse(schema, value)
  const [issue] = issues ?? []
  if (!issue) return undefined
  const path = v.getDotPath(issue) ?? 'all of it'
  const wrong = shorten(issue.received ?? 'what is not listed')
  const whole = shorten(typeof value === 'string' ? value : JSON.stringify(value))
  return `${where}: ${path}: ${shorten(issue.message)}, received ${wrong}, in ${whole}`
}

function shorten(text: string): string {
  return text.length <= MAX_SHOWN_CHARACTERS ? text : `${text.slice(0, MAX_SHOWN_CHARACTERS)}…`
}
