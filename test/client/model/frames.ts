/** The fields of all frames that the model reads. None is there for certain. */
export interface AnyFrame {
  readonly action?: string
  readonly type?: string
  readonly id?: string
  readonly re?: string
  readonly from?: string
  readonly to?: string | { readonly room?: string }
  readonly group?: string
  readonly room?: string
  readonly announce?: boolean
  readonly echo?: boolean
  readonly data?: string
  readonly code?: string
  readonly retryAfterMs?: number
}

/** What is no object: of no type that there is, and not without one, as API Gateway's own frames. */
const NO_FRAME: AnyFrame = { type: '' }

/** A frame's fields, without a look at what the client makes of it. */
export function readObject(text: string): AnyFrame {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : NO_FRAME
  } catch {
    return NO_FRAME
  }
}
