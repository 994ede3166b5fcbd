/**
 * Calls `nudge` when the machine is online again and when the page becomes visible. Outside of a
 * browser never. Returns the undo.
 */
export function watchPage(nudge: () => void): () => void {
  const scope: unknown = globalThis
  if (!(scope instanceof EventTarget)) return () => {}
  // A worker has none.
  const document = 'document' in scope ? scope.document : undefined
  const page = document instanceof EventTarget ? document : new EventTarget()
  const onVisibility = (): void => {
    if ('hidden' in page && page.hidden === false) nudge()
  }
  scope.addEventListener('online', nudge)
  page.addEventListener('visibilitychange', onVisibility)
  return () => {
    scope.removeEventListener('online', nudge)
    page.removeEventListener('visibilitychange', onVisibility)
  }
}
