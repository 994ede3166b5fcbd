// Lambda's JSON log format, as its runtime for Node.js has it. It is JavaScript because it runs in
// the functions' threads too.
import { format } from 'node:util'

/** @typedef {import('./messages.ts').LogLevel} LogLevel */

/**
 * The least severe first.
 *
 * @type {readonly LogLevel[]}
 */
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']

/**
 * Whether a line of a level is written.
 *
 * @param {LogLevel} level
 * @param {LogLevel} least
 */
export const isWritten = (level, least) => LEVELS.indexOf(level) >= LEVELS.indexOf(least)

/**
 * What a console method writes: one argument as it is, several as text.
 *
 * @param {{ timestamp: string, level: LogLevel, requestId: string | undefined }} head
 * @param {readonly unknown[]} parts
 * @returns {string}
 */
export const jsonLine = (head, parts) => {
  const [first] = parts
  if (parts.length > 1) {
    const error = parts.find((part) => part instanceof Error)
    return JSON.stringify({ ...head, message: format(...parts), ...(error && describe(error)) })
  }
  try {
    return JSON.stringify({ ...head, message: first }, withErrors)
  } catch {
    // It has no JSON: it refers to itself, or holds a bigint.
    return JSON.stringify({ ...head, message: format(first) })
  }
}

/**
 * Errors have no enumerable properties of their own, but what a program has put on them.
 *
 * @param {string} _
 * @param {unknown} value
 * @returns {unknown}
 */
const withErrors = (_, value) =>
  value instanceof Error ? Object.assign(describe(value), value) : value

/** @param {Error} error */
const describe = (error) => ({
  errorType: error.constructor.name,
  errorMessage: error.message,
  stackTrace: (error.stack ?? '').split('\n'),
})
