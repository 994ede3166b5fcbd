import { AssemblyError, UnsupportedError } from '../errors.ts'
import type { Problem } from '../problem-list.ts'

/** A variable of a function, without which it may do. */
const VARIABLE = /\/Environment\/Variables\/([^/.]+)$/

/**
 * Collects what an app has that the local runtime cannot honour, so that a developer learns of all
 * of it at once.
 */
export class Problems {
  readonly #concealed: string[] = []
  /** By place and reason: the same thing may be come upon more than once. */
  readonly #found = new Map<string, Problem>()

  /** @returns undefined when it could not be done; why is noted */
  attempt<T>(act: () => T): T | undefined {
    try {
      return act()
    } catch (error) {
      this.report(error)
      return undefined
    }
  }

  /** Reads each item, and leaves out those that cannot be read. */
  each<Item, T>(items: readonly Item[], read: (item: Item) => T): T[] {
    return items.flatMap((item) => {
      const result = this.attempt(() => ({ value: read(item) }))
      return result ? [result.value] : []
    })
  }

  /** Notes what an error says. One that is no problem of the app is thrown. */
  report(error: unknown): void {
    if (error instanceof UnsupportedError) error.problems.forEach((problem) => this.add(problem))
    else if (error instanceof AssemblyError) this.add({ path: '', reason: error.message })
    else throw error
  }

  /** Notes what others have collected in a resource of a type. */
  addOf(type: string, others: Problems): void {
    for (const problem of others.#found.values()) {
      const [, name] = VARIABLE.exec(problem.path) ?? []
      const ignore = name === undefined ? {} : { ignore: `${type}.Environment.Variables.${name}` }
      this.add({ type, ...ignore, ...problem })
    }
  }

  add(problem: Problem): void {
    const key = `${problem.path}: ${problem.reason}`
    if (!this.#found.has(key)) this.#found.set(key, problem)
  }

  /** What the list does not show, whatever value a property has. */
  conceal(text: string): void {
    this.#concealed.push(text)
  }

  /**
   * @throws UnsupportedError with the whole list
   * @throws AssemblyError when there is one problem, and it has no place in a template
   */
  throwIfAny(): void {
    const problems = [...this.#found.values()].map((problem) => this.#withoutConcealed(problem))
    const [first, ...others] = problems
    if (!first) return
    if (first.path === '' && others.length === 0) throw new AssemblyError(first.reason)
    throw new UnsupportedError(problems)
  }

  #withoutConcealed(problem: Problem): Problem {
    const clean = (text: string): string =>
      this.#concealed.reduce((shown, secret) => shown.replaceAll(secret, '(secret)'), text)
    const { reason, ignore } = problem
    return { ...problem, reason: clean(reason), ignore: ignore && clean(ignore) }
  }
}
