/** One thing in a template that the local runtime cannot honour. */
export interface Problem {
  /** Where in the template; '' for what concerns the app as a whole. */
  readonly path: string
  readonly reason: string
  /** The type of the resource it is in, by which a list is grouped. */
  readonly type?: string | undefined
  /** What `--ignore` takes to go on without it; absent when there is no going on. */
  readonly ignore?: string | undefined
}

/** Above what concerns no resource in particular. */
const WHOLE_APP = 'The app'

/** A list for people: one line for each, under the type of its resource, and the way out. */
export function formatProblems(problems: readonly Problem[]): string {
  const groups = new Map<string, Problem[]>()
  for (const problem of problems) {
    const type = problem.type ?? WHOLE_APP
    groups.set(type, [...(groups.get(type) ?? []), problem])
  }
  const lines = [...groups].flatMap(([type, members]) => [
    '',
    type,
    ...members.map(({ path, reason, ignore }) => {
      const place = path === '' ? '' : `${path}: `
      return `  ${place}${reason}${ignore === undefined ? '' : ` (--ignore ${quoted(ignore)})`}`
    }),
  ])
  const count = problems.length === 1 ? 'one thing' : `${problems.length} things`
  return [`This app has ${count} that cannot run here:`, ...lines, ...wayOut(problems)].join('\n')
}

function wayOut(problems: readonly Problem[]): string[] {
  const ignores = new Set(problems.flatMap(({ ignore }) => ignore ?? []))
  if (ignores.size === 0) return []
  const all = problems.every(({ ignore }) => ignore !== undefined)
  const options = [...ignores].map((ignore) => `--ignore ${quoted(ignore)}`)
  return [
    '',
    `To go on without ${all ? 'them' : 'those that have an --ignore'}, as if the app did not have them:`,
    '',
    `  ${options.join(' ')}`,
  ]
}

/** A shell would look for files that a `*` fits. */
function quoted(ignore: string): string {
  return ignore.includes('*') ? `'${ignore}'` : ignore
}
