// npm run build: the package, as others install it, in dist/.
import { fileURLToPath } from 'node:url'
import { buildPackage } from './build-package.ts'

await buildPackage(fileURLToPath(new URL('../dist/', import.meta.url)))
