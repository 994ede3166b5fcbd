/** What the charts have in common. All numbers are pixels. */
export const MARGIN = 24
const TITLE_HEIGHT = 26
const SUBTITLE_HEIGHT = 20

// The colours are in the picture itself, because it is shown as an image, where a page's do not reach.
const STYLE = `
  text { font: 13px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #1f2328 }
  .title { font-size: 18px; font-weight: 600 }
  .faint { fill: #59636e }
  .background { fill: #ffffff; stroke: #d1d9e0 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .faint { fill: #9198a1 }
    .background { fill: #0d1117; stroke: #3d444d }
  }
`

export interface Picture {
  readonly title: string
  readonly subtitle?: string | undefined
  readonly width: number
  readonly height: number
  /** CSS for what is drawn in it. */
  readonly style: string
  readonly content: readonly string[]
}

/** A title, what is drawn below it, and a frame around both, as the text of an SVG file. */
export function picture({ title, subtitle, width, height, style, content }: Picture): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">`,
    `<style>${STYLE}${style}</style>`,
    `<rect class="background" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    `<text class="title" x="${MARGIN}" y="${MARGIN + 14}">${escape(title)}</text>`,
    ...(subtitle === undefined
      ? []
      : [`<text class="faint" x="${MARGIN}" y="${MARGIN + 36}">${escape(subtitle)}</text>`]),
    ...content,
    '</svg>\n',
  ].join('\n')
}

/** Where the title and the subtitle end. */
export function topOf({ subtitle }: Pick<Picture, 'subtitle'>): number {
  return MARGIN + TITLE_HEIGHT + (subtitle === undefined ? 0 : SUBTITLE_HEIGHT)
}

const ENTITIES = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
])

export function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES.get(character) ?? character)
}
