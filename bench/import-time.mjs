// Imports a bundle as Lambda's runtime does, in a process that has imported nothing else, and prints
// how many milliseconds that took.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [, , file = ''] = process.argv
const require = createRequire(import.meta.url)
const started = performance.now()
if (file.endsWith('.mjs')) await import(pathToFileURL(file).href)
else require(file)
process.stdout.write(String(performance.now() - started))
process.exit()
