import type { Stored, StoredTable } from './backend.ts'
import { element } from './dom.ts'
import { attributeNames, describeStored } from './stored-value.ts'

/** What the backend stores, drawn anew only where it is another. */
export class Storage {
  readonly #tables: HTMLElement
  readonly #queues: HTMLElement
  /** What of it is on the page, by the table's name. */
  readonly #drawn = new Map<string, { readonly box: HTMLElement; content: string }>()

  constructor(tables: HTMLElement, queues: HTMLElement) {
    this.#tables = tables
    this.#queues = queues
  }

  show({ tables, queues }: Stored): void {
    for (const table of tables) this.#showTable(table)
    const lines = queues.map(({ name, messages }) => {
      const noun = messages === 1 ? 'message' : 'messages'
      return element(
        'li',
        {},
        element('code', {}, name),
        ' ',
        element('span', {}, `${messages} ${noun}`),
      )
    })
    const texts = lines.map(({ textContent }) => textContent).join()
    const shown = [...this.#queues.children].map(({ textContent }) => textContent).join()
    if (texts !== shown) this.#queues.replaceChildren(...lines)
  }

  unavailable(reason: string): void {
    this.#drawn.clear()
    this.#queues.replaceChildren()
    this.#tables.replaceChildren(element('p', {}, `It cannot be seen: ${reason}`))
  }

  #showTable(table: StoredTable): void {
    if (this.#drawn.size === 0) this.#tables.replaceChildren()
    const drawn = this.#drawn.get(table.name) ?? this.#addBox(table.name)
    const content = JSON.stringify([table.count, headOf(table), bodyOf(table)])
    if (content === drawn.content) return
    drawn.content = content
    drawn.box.replaceChildren(draw(table))
  }

  /** It stays when its content changes, and keeps the focus. */
  #addBox(name: string): { readonly box: HTMLElement; content: string } {
    const box = element('div', { class: 'table', tabindex: '0', role: 'group', 'aria-label': name })
    const drawn = { box, content: '' }
    this.#drawn.set(name, drawn)
    this.#tables.append(box)
    return drawn
  }
}

function headOf({ items }: StoredTable): string[] {
  return attributeNames(items)
}

function bodyOf({ items }: StoredTable): string[][] {
  const names = attributeNames(items)
  return items.map((item) => names.map((name) => describeStored(item.get(name))))
}

function draw(table: StoredTable): HTMLElement {
  const { name, count, items } = table
  const shown = items.length < count ? `, the first ${items.length} of them here` : ''
  const size = element('span', {}, `${count} ${count === 1 ? 'item' : 'items'}${shown}`)
  const drawn = element('table', {}, element('caption', {}, element('code', {}, name), ' ', size))
  const head = headOf(table).map((attribute) => element('th', { scope: 'col' }, attribute))
  if (head.length > 0) drawn.append(element('thead', {}, element('tr', {}, ...head)))
  const rows = bodyOf(table).map((row) => {
    return element('tr', {}, ...row.map(cell))
  })
  drawn.append(element('tbody', {}, ...rows))
  return drawn
}

/** An id may have hyphens in it, at which a line would be broken. */
function cell(text: string): HTMLElement {
  return element('td', /\s/.test(text) ? {} : { class: 'id' }, text)
}
