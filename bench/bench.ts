/** What a bench has found. */
export interface BenchResult {
  /** For people. */
  readonly text: string
  /** For programs: one line each. */
  readonly rows: readonly object[]
  /** A picture of it, as SVG; undefined when a picture says no more. */
  readonly chart?: string | undefined
}

/** Measures one claim. It reads its own options, and refuses those that it does not know. */
export type Bench = (args: string[]) => BenchResult | Promise<BenchResult>
