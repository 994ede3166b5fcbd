import { element, find } from './dom.ts'
import { describeReceipt } from './format.ts'
import type { Outcome } from './outcome.ts'
import type { Session } from './session.ts'
import { readTarget, type Target } from './target.ts'

/** Another client, to whom a message may go. */
export interface Peer {
  readonly name: string
  readonly connectionId: string | undefined
}

/** As in what {@link readTarget} reads. */
const ROOM_PREFIX = 'room:'

/** The form by which one client sends. */
export class Composer {
  readonly #form: HTMLFormElement
  readonly #session: Session
  readonly #choicesBox: HTMLElement
  readonly #another: HTMLInputElement
  readonly #message: HTMLInputElement
  readonly #outcome: Outcome
  #peers: readonly Peer[] = []
  #rooms: readonly string[] = []

  constructor(card: HTMLElement, session: Session, outcome: Outcome) {
    this.#form = find(card, '.composer', HTMLFormElement)
    this.#session = session
    this.#choicesBox = find(card, '.choices', HTMLElement)
    this.#another = find(card, '.another', HTMLInputElement)
    this.#message = find(card, '.message', HTMLInputElement)
    this.#outcome = outcome
    this.#form.addEventListener('change', () => this.#showAnother())
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#send()
    })
  }

  setPeers(peers: readonly Peer[]): void {
    const names = peers.map(({ name }) => name)
    const isKnown = sameTexts(
      names,
      this.#peers.map(({ name }) => name),
    )
    this.#peers = peers
    if (!isKnown) this.#drawChoices()
  }

  setRooms(rooms: readonly string[]): void {
    if (sameTexts(rooms, this.#rooms)) return
    this.#rooms = rooms
    this.#drawChoices()
  }

  /** Names those to whom a message may go. Whoever is chosen stays so. */
  #drawChoices(): void {
    const chosen = this.#chosen
    const chip = (value: string, text: string): HTMLElement => {
      const radio = element('input', { type: 'radio', name: 'to', value })
      radio.checked = value === chosen
      const words = element('bdi', { dir: 'auto' }, text)
      return element('label', { class: 'chip' }, radio, element('span', {}, words))
    }
    this.#choicesBox.replaceChildren(
      ...this.#peers.map(({ name }) => chip(name, name)),
      ...this.#rooms.map((room) => chip(ROOM_PREFIX + room, `room ${room}`)),
    )
    // The one who was chosen has left.
    if (this.#chosen === '') find(this.#form, '[value="everyone"]', HTMLInputElement).checked = true
  }

  get #chosen(): string {
    const value = new FormData(this.#form).get('to')
    return typeof value === 'string' ? value : ''
  }

  #showAnother(): void {
    const isOther = this.#chosen === 'another'
    const box = this.#another.closest('label')
    if (box) box.hidden = !isOther
  }

  #target(): Target | undefined {
    const chosen = this.#chosen
    if (chosen === 'everyone' || chosen === 'others') return { kind: chosen }
    if (chosen === 'another') return readTarget(this.#another.value)
    if (chosen.startsWith(ROOM_PREFIX)) return readTarget(chosen)
    const peer = this.#peers.find(({ name }) => name === chosen)
    return readTarget(peer?.connectionId ?? '')
  }

  #send(): void {
    const target = this.#target()
    if (!target) return this.#outcome.refuse(this.#whyNobody())
    const text = this.#message.value
    if (text === '') return this.#message.focus()
    this.#message.value = ''
    const waits = this.#session.state === 'open' ? 'No ack yet…' : 'It waits for the connection…'
    void this.#outcome.follow(waits, this.#session.send(target, text).then(describeReceipt))
  }

  #whyNobody(): string {
    const isTyped = this.#chosen === 'another'
    const why = isTyped
      ? 'expected a connection id, room:NAME or user:NAME'
      : 'it has no connection id'
    return `Nobody to send to: ${why}.`
  }
}

function sameTexts(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((text, index) => text === others[index])
}
