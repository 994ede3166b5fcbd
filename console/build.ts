import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

/** A file of the page, as a server is to send it. */
export interface PageFile {
  readonly contentType: string
  readonly body: string
}

/** Where the page's HTML looks for what belongs to it. */
const PREFIX = '/@console/'

/** The page and all that belongs to it, by the paths at which it expects them. Nothing is written. */
export async function buildConsole(): Promise<ReadonlyMap<string, PageFile>> {
  const [html, icon, script, style] = await Promise.all([
    readFile(join(import.meta.dirname, 'index.html'), 'utf8'),
    readFile(join(import.meta.dirname, 'icon.svg'), 'utf8'),
    bundle('main.ts'),
    bundle('style.css'),
  ])
  return new Map([
    ['/', { contentType: 'text/html; charset=utf-8', body: html }],
    [`${PREFIX}icon.svg`, { contentType: 'image/svg+xml', body: icon }],
    [`${PREFIX}main.js`, { contentType: 'text/javascript; charset=utf-8', body: script }],
    [`${PREFIX}style.css`, { contentType: 'text/css; charset=utf-8', body: style }],
  ])
}

async function bundle(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, file)],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  })
  return outputFiles.map(({ text }) => text).join('')
}
