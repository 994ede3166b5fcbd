import { formatProblems, type Problem } from './problem-list.ts'

/** The cloud assembly cannot be read or run; the message says where and what to do. */
export class AssemblyError extends Error {
  override readonly name = 'AssemblyError'
}

/**
 * The template asks for something that the local runtime does not do. It stops there, because a
 * thing left out in silence would work on the laptop and fail on AWS, or the other way round.
 */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError'
  /** Where in the template, such as `Resources/Handler/Properties/Layers`: the first of the places. */
  readonly path: string
  /** One, or all that were found at once. */
  readonly problems: readonly Problem[]

  constructor(path: string, reason: string)
  constructor(problems: readonly Problem[])
  constructor(where: string | readonly Problem[], reason = '') {
    super(typeof where === 'string' ? `${where}: ${reason}` : formatProblems(where))
    this.problems = typeof where === 'string' ? [{ path: where, reason }] : where
    this.path = this.problems[0]?.path ?? ''
  }
}
