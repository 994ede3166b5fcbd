import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits until a test has made this file.
 *
 * @param {string} file
 */
export const passGate = async (file) => {
  while (!existsSync(file)) await sleep(5)
}
