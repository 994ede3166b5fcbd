import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { CLIENT_BUNDLE } from '../scripts/build-client.ts'
import type { BenchResult } from './bench.ts'
import { barChart } from './chart.ts'
import { rounded } from './statistics.ts'

/** Bytes, minified and gzipped: 6 KB. */
const LIMIT = 6 * 1024

/**
 * Bytes of files that are on npm, as `gzip -9` makes them. They do more, such as older browsers,
 * other transports, history: that is what is paid for.
 * https://www.npmjs.com/package/socket.io-client
 * https://www.npmjs.com/package/centrifuge
 */
const PEERS = [
  { label: 'socket.io-client 4.8.4', note: 'dist/socket.io.esm.min.js', bytes: 12_888 },
  { label: 'socket.io-client 4.8.4', note: 'dist/socket.io.min.js', bytes: 14_763 },
  { label: 'centrifuge 5.8.0', note: 'dist/centrifuge.js', bytes: 23_113 },
]

/** What a page has of the client. */
const PAGE = {
  contents: "export { createClient } from './client/index.ts'",
  resolveDir: fileURLToPath(new URL('../', import.meta.url)),
}

interface Size {
  readonly minified: number
  readonly gzipped: number
  /** Minified, of each source file. */
  readonly files: ReadonlyMap<string, number>
}

/**
 * How many bytes the client adds to a page that imports `createClient`.
 *
 * @returns one row: `{"bench":"size","minified","gzipped","limit","files"}`, in bytes
 */
export async function size(args: string[]): Promise<BenchResult> {
  parseArgs({ args, options: {} })
  const { minified, gzipped, files } = await measure()
  const text = [
    `the client in a page: ${gzipped} bytes minified and gzipped, of ${LIMIT} at most; ${minified} minified:`,
    '',
    ...[...files].map(([file, bytes]) => `  ${file.padEnd(24)} ${String(bytes).padStart(6)}`),
  ].join('\n')
  const row = { bench: 'size', minified, gzipped, limit: LIMIT, files: Object.fromEntries(files) }
  return { text, rows: [row], chart: draw(gzipped) }
}

async function measure(): Promise<Size> {
  const { outputFiles, metafile } = await build({
    ...CLIENT_BUNDLE,
    stdin: PAGE,
    minify: true,
    write: false,
    metafile: true,
  })
  const [output] = outputFiles
  const [made] = Object.values(metafile.outputs)
  if (!output || !made) throw new Error('esbuild has made no file')
  const files = Object.entries(made.inputs)
    .map(([file, { bytesInOutput }]) => [file, bytesInOutput] as const)
    .filter(([, bytes]) => bytes > 0)
    .toSorted(([, a], [, b]) => b - a)
  return {
    minified: output.contents.length,
    gzipped: gzipSync(output.contents, { level: 9 }).length,
    files: new Map(files),
  }
}

function draw(gzipped: number): string {
  const ours = { label: 'Switchboard', note: 'createClient', bytes: gzipped, emphasis: true }
  const bars = [ours, ...PEERS].map(({ bytes, ...bar }) => ({
    ...bar,
    value: rounded(bytes / 1000, 1),
  }))
  const subtitle = 'Minified and gzipped; kB of 1,000 bytes; lower is better'
  return barChart({ title: 'What a client adds to a page', subtitle, unit: 'kB', bars })
}
