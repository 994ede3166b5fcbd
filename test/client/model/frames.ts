/** The fields of all frames that the model reads. None is there for certain. */
export interface AnyFrame {
  readonly action?: string
  readonly type?: string
  readonly id?: string
  readonly re?: string
  readonly from?: string
  readonly to?: string
  readonly echo?: boolean
  readonly data?: string
  readonly code?: string
  readonly retryAfterMs?: number
}

/** A frame's fields, without a look at what the client makes of it; none when it is no object. */
export function readObject(text: string): AnyFrame {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
