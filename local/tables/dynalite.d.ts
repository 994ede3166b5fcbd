declare module 'dynalite' {
  import type { Server } from 'node:http'

  /** DynamoDB in this process, on LevelDB; in memory without a `path`. */
  export default function dynalite(options?: { createTableMs?: number; path?: string }): Server
}

declare module 'dynalite/validations/scan.js' {
  /** The fields of a Scan that dynalite knows. */
  const scan: { readonly types: Record<string, unknown> }
  export default scan
}
