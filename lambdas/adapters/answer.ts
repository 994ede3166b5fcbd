/** What came back, or why nothing did. */
export type Answer =
  | {
      readonly status: number
      /** By their names in lower case. */
      readonly headers: ReadonlyMap<string, string>
      /** The body's beginning: all of it unless it is very long. */
      readonly text: string
    }
  | { readonly status?: undefined; readonly code: string; readonly message: string }

export interface Timeouts {
  /** Longest wait for a new socket to be connected. */
  readonly connectMs: number
  /** Longest wait for the end of the answer, from the beginning. */
  readonly answerMs: number
}
