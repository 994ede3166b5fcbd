import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** @throws when the process ends before it says something */
export async function messageOf(process: ChildProcess): Promise<unknown> {
  const abort = new AbortController()
  const { signal } = abort
  try {
    const ended = once(process, 'exit', { signal }).then(() => {
      throw new Error('a process of the bench has ended')
    })
    const messages: unknown = await Promise.race([once(process, 'message', { signal }), ended])
    return Array.isArray(messages) ? messages[0] : undefined
  } finally {
    abort.abort()
  }
}
