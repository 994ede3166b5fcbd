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
  /** Where in the template, such as `Resources/Handler/Properties/Layers`. */
  readonly path: string

  constructor(path: string, reason: string) {
    super(`${path}: ${reason}`)
    this.path = path
  }
}
