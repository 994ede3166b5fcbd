import { tokenFor, type Config } from './backend.ts'
import { element, find, setText } from './dom.ts'
import type { Endpoint } from './session.ts'
import { readStageUrl } from './target.ts'

/** A connection that somebody asks for. */
export interface NewConnection {
  readonly endpoint: Endpoint
  /** As whom, in words. */
  readonly identity: string
}

const NOBODY = 'nobody'
const ANOTHER = 'another token'

/** The form for one more connection. */
export class NewConnectionForm {
  readonly #url = find(document, '#stage-url', HTMLInputElement)
  readonly #identity = find(document, '#identity', HTMLSelectElement)
  readonly #token = find(document, '#token', HTMLInputElement)
  readonly #error = find(document, '#stage-url-error', HTMLElement)
  readonly #subjects: readonly string[]

  constructor(config: Config | undefined, onAdd: (connection: NewConnection) => void) {
    this.#subjects = config?.subjects ?? []
    this.#url.value = config?.url ?? ''
    const names = [...this.#subjects, NOBODY, ANOTHER]
    this.#identity.append(...names.map((name) => element('option', { value: name }, name)))
    this.#identity.addEventListener('change', () => this.#showFields())
    this.#showFields()
    const form = find(document, '#new-connection', HTMLFormElement)
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      const connection = this.#read()
      if (connection) onAdd(connection)
    })
  }

  /** The connection with which a page begins, the first of several, the second … */
  suggestion(index: number): NewConnection | undefined {
    const subject = this.#subjects[index % Math.max(1, this.#subjects.length)]
    const url = readStageUrl(this.#url.value)
    return url === undefined ? undefined : connectionOf(url, subject)
  }

  #showFields(): void {
    const choice = this.#identity.parentElement
    const token = this.#token.closest('label')
    if (choice) choice.hidden = this.#subjects.length === 0
    if (token) token.hidden = this.#subjects.length > 0 && this.#identity.value !== ANOTHER
  }

  #read(): NewConnection | undefined {
    const url = readStageUrl(this.#url.value)
    this.#url.setAttribute('aria-invalid', String(url === undefined))
    setText(this.#error, url === undefined ? 'Expected a URL that begins with ws:// or wss://' : '')
    if (url === undefined) return this.#url.focus() ?? undefined
    const who = this.#identity.value
    if (this.#subjects.includes(who)) return connectionOf(url, who)
    const token = this.#token.value.trim()
    const isWithToken = token !== '' && (this.#subjects.length === 0 || who === ANOTHER)
    if (!isWithToken) return connectionOf(url)
    return { endpoint: { url, getToken: () => token }, identity: 'a token' }
  }
}

function connectionOf(url: string, subject?: string): NewConnection {
  if (subject === undefined) return { endpoint: { url }, identity: '' }
  const getToken: Endpoint['getToken'] = ({ signal }) => tokenFor(subject, signal)
  return { endpoint: { url, getToken }, identity: subject }
}
