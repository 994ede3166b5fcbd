declare module 'dynalite' {
  import type { Server } from 'node:http'

  /** DynamoDB in this process, on LevelDB; in memory without a `path`. */
  export default function dynalite(options?: { createTableMs?: number; path?: string }): Server
}
