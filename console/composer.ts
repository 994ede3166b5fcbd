import { element, find, setText } from './dom.ts'
import { describeError, describeReceipt } from './format.ts'
import type { Session } from './session.ts'
import { readConnectionTarget, type Target } from './target.ts'

/** Another client, to whom a message may go. */
export interface Peer {
  readonly name: string
  readonly connectionId: string | undefined
}

/** The form by which one client sends. */
export class Composer {
  readonly #form: HTMLFormElement
  readonly #session: Session
  readonly #peersBox: HTMLElement
  readonly #otherId: HTMLInputElement
  readonly #message: HTMLInputElement
  readonly #result: HTMLOutputElement
  #peers: readonly Peer[] = []
  #latest = 0

  constructor(card: HTMLElement, session: Session) {
    this.#form = find(card, '.composer', HTMLFormElement)
    this.#session = session
    this.#peersBox = find(card, '.peers', HTMLElement)
    this.#otherId = find(card, '.other-id', HTMLInputElement)
    this.#message = find(card, '.message', HTMLInputElement)
    this.#result = find(card, '.result', HTMLOutputElement)
    this.#form.addEventListener('change', () => this.#showOtherId())
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#send()
    })
  }

  /** Names those to whom a message may go. Whoever is chosen stays so. */
  setPeers(peers: readonly Peer[]): void {
    const names = peers.map(({ name }) => name)
    const known = this.#peers.map(({ name }) => name)
    this.#peers = peers
    if (names.join() === known.join()) return
    const chosen = this.#chosen
    const chips = names.map((name) => {
      const radio = element('input', { type: 'radio', name: 'to', value: name })
      radio.checked = name === chosen
      return element('label', { class: 'chip' }, radio, element('span', {}, name))
    })
    this.#peersBox.replaceChildren(...chips)
    // The one who was chosen has left.
    if (this.#chosen === '') find(this.#form, '[value="everyone"]', HTMLInputElement).checked = true
  }

  get #chosen(): string {
    const value = new FormData(this.#form).get('to')
    return typeof value === 'string' ? value : ''
  }

  #showOtherId(): void {
    const isOther = this.#chosen === 'another'
    const box = this.#otherId.closest('label')
    if (box) box.hidden = !isOther
  }

  #target(): Target | undefined {
    const chosen = this.#chosen
    if (chosen === 'everyone' || chosen === 'others') return { kind: chosen }
    if (chosen === 'another') return readConnectionTarget(this.#otherId.value)
    const peer = this.#peers.find(({ name }) => name === chosen)
    return readConnectionTarget(peer?.connectionId ?? '')
  }

  async #send(): Promise<void> {
    const target = this.#target()
    if (!target) return this.#show('Nobody to send to: there is no connection id.', 'failed')
    const text = this.#message.value
    if (text === '') return this.#message.focus()
    this.#latest += 1
    const mine = this.#latest
    this.#message.value = ''
    const waits = this.#session.state === 'open' ? 'No ack yet…' : 'It waits for the connection…'
    this.#show(waits, 'waiting')
    const [outcome, said] = await this.#session.send(target, text).then(
      (receipt) => ['done', describeReceipt(receipt)] as const,
      (error: unknown) => ['failed', describeError(error)] as const,
    )
    // What became of an earlier message is in the log.
    if (mine === this.#latest) this.#show(said, outcome)
  }

  #show(text: string, outcome: 'waiting' | 'done' | 'failed'): void {
    this.#result.dataset['outcome'] = outcome
    setText(this.#result, text)
  }
}
