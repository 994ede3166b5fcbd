import type { Stored, StoredTable } from './backend.ts'
import { element, setText } from './dom.ts'
import { attributeNames, describeStored } from './stored-value.ts'

/** What the backend stores, drawn anew only where it is another. */
export class Storage {
  readonly #box: HTMLElement
  #shown = ''

  constructor(box: HTMLElement) {
    this.#box = box
  }

  show({ tables, queues }: Stored): void {
    // Maps are no JSON.
    const now = JSON.stringify([
      tables.map((table) => [table.name, table.count, rowsOf(table)]),
      queues,
    ])
    if (now === this.#shown) return
    this.#shown = now
    const list = element('ul', { class: 'queues', 'aria-label': 'Queues' })
    for (const { name, messages } of queues) {
      const noun = messages === 1 ? 'message' : 'messages'
      const count = element('b', {}, String(messages))
      list.append(element('li', { class: 'queue' }, element('code', {}, name), count, ` ${noun}`))
    }
    this.#box.replaceChildren(...tables.map(drawTable), ...(queues.length > 0 ? [list] : []))
  }

  unavailable(reason: string): void {
    this.#shown = ''
    const text = element('p', { class: 'quiet' })
    setText(text, `It cannot be seen: ${reason}`)
    this.#box.replaceChildren(text)
  }
}

function rowsOf({ items }: StoredTable): string[][] {
  const names = attributeNames(items)
  return items.map((item) => names.map((name) => describeStored(item.get(name))))
}

function drawTable(table: StoredTable): HTMLElement {
  const { name, count, items } = table
  const caption = element('caption', {}, element('code', {}, name), ` ${count} items`)
  const head = attributeNames(items).map((attribute) => element('th', { scope: 'col' }, attribute))
  const body = rowsOf(table).map((row) => {
    return element('tr', {}, ...row.map((text) => element('td', {}, text)))
  })
  const drawn = element('table', {}, caption)
  if (head.length > 0) drawn.append(element('thead', {}, element('tr', {}, ...head)))
  drawn.append(element('tbody', {}, ...body))
  return element('div', { class: 'table', tabindex: '0', role: 'group', 'aria-label': name }, drawn)
}
