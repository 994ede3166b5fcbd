import { writeFileSync } from 'node:fs'
import { protocolSchema } from './json-schema.ts'

const file = new URL('../docs/protocol.schema.json', import.meta.url)
writeFileSync(file, `${JSON.stringify(protocolSchema(), undefined, 2)}\n`)
