import type { Directory } from './directory.ts'
import { element, find, setText } from './dom.ts'
import { describeMembers } from './format.ts'
import type { Outcome } from './outcome.ts'
import type { RoomView } from './rooms.ts'
import type { Session } from './session.ts'

/** The rooms that one client is in, with who else is, and the form by which it joins another. */
export class RoomsBox {
  readonly #session: Session
  readonly #outcome: Outcome
  readonly #directory: Directory
  readonly #list: HTMLElement
  readonly #name: HTMLInputElement
  readonly #announce: HTMLInputElement
  /** By the room's name. They stay, and keep the focus, when others come or go. */
  readonly #rows = new Map<string, HTMLElement>()

  constructor(
    card: HTMLElement,
    parts: { readonly session: Session; readonly outcome: Outcome; readonly directory: Directory },
  ) {
    this.#session = parts.session
    this.#outcome = parts.outcome
    this.#directory = parts.directory
    this.#list = find(card, '.rooms', HTMLElement)
    this.#name = find(card, '.room-name', HTMLInputElement)
    this.#announce = find(card, '.announce', HTMLInputElement)
    find(card, '.join', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault()
      this.#join()
    })
  }

  show(rooms: readonly RoomView[]): void {
    for (const [name, row] of this.#rows) {
      if (rooms.some((room) => room.name === name)) continue
      // The button is gone, and the focus would be, too.
      if (row.contains(document.activeElement)) this.#name.focus()
      row.remove()
      this.#rows.delete(name)
    }
    for (const { name, page } of rooms) {
      const row = this.#rows.get(name) ?? this.#addRow(name)
      const members = page ? describeMembers(page, this.#directory.nameOf) : '…'
      setText(find(row, '.members', HTMLElement), members)
    }
    this.#list.hidden = rooms.length === 0
  }

  #join(): void {
    const name = this.#name.value.trim()
    if (name === '') return this.#name.focus()
    const { rooms } = this.#session
    const joined = rooms.join(name, { announce: this.#announce.checked }).then(() => {
      if (this.#name.value.trim() === name) this.#name.value = ''
      return `In room ${name}.`
    })
    void this.#outcome.follow(`Joining room ${name}…`, joined)
  }

  #addRow(name: string): HTMLElement {
    const refresh = button('Refresh', `Refresh who is in ${name}`)
    refresh.addEventListener('click', () => {
      const done = this.#session.rooms.refresh(name).then(() => `Who is in ${name} is up to date.`)
      void this.#outcome.follow(`Asking who is in ${name}…`, done)
    })
    const leave = button('Leave', `Leave ${name}`)
    leave.addEventListener('click', () => {
      const left = this.#session.rooms.leave(name).then(() => `Left room ${name}.`)
      void this.#outcome.follow(`Leaving room ${name}…`, left)
    })
    const title = element('b', {}, element('bdi', { dir: 'auto' }, name))
    const text = element('p', {}, title, ' ', element('span', { class: 'members' }))
    const row = element('li', {}, text, refresh, leave)
    this.#rows.set(name, row)
    this.#list.append(row)
    return row
  }
}

function button(text: string, label: string): HTMLButtonElement {
  return element('button', { type: 'button', class: 'small', 'aria-label': label }, text)
}
