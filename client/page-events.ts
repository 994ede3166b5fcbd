/**
 * Calls `nudge` when the machine is online again and when the page becomes visible; outside of a
 * browser never. Returns the undo.
 */
export function watchPage(nudge: () => void): () => void {
  const undo = new AbortController()
  const scope: unknown = globalThis
  const onVisibility = (): void => {
    // oxlint-disable-next-line no-unsafe-type-assertion -- the types of Node have no document
    const { document } = globalThis as { document?: { readonly hidden: boolean } }
    if (!document?.hidden) nudge()
  }
  if (scope instanceof EventTarget) {
    // Also in a hidden page, whose timers may be a minute late.
    scope.addEventListener('online', nudge, undo)
    // It is the document's, and reaches the window.
    scope.addEventListener('visibilitychange', onVisibility, undo)
  }
  return () => undo.abort()
}
