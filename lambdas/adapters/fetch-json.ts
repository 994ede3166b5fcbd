import https from 'node:https'
import { safeJsonParse, type Json } from 'aws-jwt-verify/safe-json-parse'
import { IssuerError, type IssuerProblem } from './issuer-error.ts'

/** Longest wait for the whole answer. A client waits for two of them, at most. */
const TIMEOUT_MS = 3_000

/** Issuers with many keys and certificates have some ten KB. */
const MAX_BYTES = 256 * 1024

/**
 * Gets a JSON document by https, and follows no redirect.
 *
 * @throws IssuerError
 */
export async function fetchJson(url: string): Promise<Json> {
  const text = await fetchText(url)
  try {
    return safeJsonParse(text)
  } catch (cause) {
    throw new IssuerError('IssuerAnswerNotJson', url, { cause })
  }
}

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // Without an agent the line is closed: a later invocation would find one that has died.
    const request = https.get(url, { agent: false, headers: { Accept: 'application/json' } })
    const fail = (problem: IssuerProblem, cause?: unknown): void => {
      clearTimeout(timer)
      reject(new IssuerError(problem, url, { cause }))
      request.destroy()
    }
    const timer = setTimeout(() => fail('IssuerTimeout'), TIMEOUT_MS)
    request.on('error', (error) => fail('IssuerUnreachable', error))
    request.on('response', (response) => {
      if (response.statusCode !== 200) return fail('IssuerStatus')
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > MAX_BYTES) fail('IssuerAnswerTooLong')
        else chunks.push(chunk)
      })
      response.on('error', (error) => fail('IssuerUnreachable', error))
      response.on('end', () => {
        clearTimeout(timer)
        resolve(Buffer.concat(chunks).toString('utf8'))
      })
    })
  })
}
