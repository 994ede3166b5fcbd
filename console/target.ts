/** To whom a message goes. */
export type Target =
  | { readonly kind: 'everyone' }
  | { readonly kind: 'others' }
  | { readonly kind: 'connection'; readonly connectionId: string }

/** An id that somebody has typed or pasted, without the blanks around it. Undefined when it is none. */
export function readConnectionTarget(text: string): Target | undefined {
  const connectionId = text.trim()
  return connectionId === '' ? undefined : { kind: 'connection', connectionId }
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
