/** To whom a message goes. */
export type Target =
  | { readonly kind: 'everyone' }
  | { readonly kind: 'others' }
  | { readonly kind: 'connection'; readonly connectionId: string }
  | { readonly kind: 'room'; readonly room: string }
  | { readonly kind: 'user'; readonly user: string }

/**
 * What somebody has typed or pasted: `room:NAME`, `user:NAME` or else a connection id, which has no
 * colon in it. Blanks around it and around the name do not count. Undefined when nobody is named.
 */
export function readTarget(text: string): Target | undefined {
  const trimmed = text.trim()
  const [, kind, rest = trimmed] = /^(room|user):(.*)$/s.exec(trimmed) ?? []
  const name = rest.trim()
  if (name === '') return undefined
  if (kind === 'room') return { kind, room: name }
  if (kind === 'user') return { kind, user: name }
  return { kind: 'connection', connectionId: name }
}

/** A stage's URL. Undefined when the text is none. */
export function readStageUrl(text: string): string | undefined {
  const trimmed = text.trim()
  if (!/^wss?:\/\//i.test(trimmed) || !URL.canParse(trimmed)) return undefined
  const url = new URL(trimmed)
  // Browsers refuse a WebSocket URL with a fragment.
  url.hash = ''
  return url.href
}
