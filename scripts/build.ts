// npm run build: the client, as others import it, in dist/.
import { fileURLToPath } from 'node:url'
import { buildClient } from './build-client.ts'

await buildClient(fileURLToPath(new URL('../dist/', import.meta.url)))
