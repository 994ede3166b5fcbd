import type { Directory } from './directory.ts'
import { element } from './dom.ts'
import { formatTime } from './format.ts'
import { describeFrame } from './frame.ts'
import type { Entry } from './session.ts'

/** Older rows make room. */
const MAX_ROWS = 200

/** The most of a frame that is shown: a browser takes long to lay out a word of 128 KB. */
const MAX_SHOWN_LENGTH = 2_000

/** So close to its end, in pixels, a list goes on to follow what is new. */
const NEAR_END_PX = 24

const ARROWS = { in: ['←', 'received'], out: ['→', 'sent'], note: ['·', 'note'] } as const

/** The frames of one client, the last ones, as rows of a list. */
export class FrameLog {
  readonly #list: HTMLElement
  readonly #scroller: HTMLElement
  readonly #directory: Directory
  /** Of the last message that has come in. */
  #undelivered: HTMLElement | undefined

  constructor(scroller: HTMLElement, list: HTMLElement, directory: Directory) {
    this.#scroller = scroller
    this.#list = list
    this.#directory = directory
  }

  add(entry: Entry): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller
    const follows = scrollHeight - scrollTop - clientHeight < NEAR_END_PX
    this.#list.append(this.#row(entry))
    while (this.#list.childElementCount > MAX_ROWS) this.#list.firstElementChild?.remove()
    if (follows) this.showEnd()
  }

  /** Shows what is newest, and follows it from then on. */
  showEnd(): void {
    this.#scroller.scrollTop = this.#scroller.scrollHeight
  }

  /** The last message is no duplicate of an earlier one. */
  passedOn(): void {
    this.#undelivered?.setAttribute('data-delivered', '')
    this.#undelivered?.querySelector('.dropped')?.remove()
    this.#undelivered = undefined
  }

  #row({ atMs, direction, text }: Entry): HTMLElement {
    const [arrow, meaning] = ARROWS[direction]
    const time = element('time', {}, formatTime(atMs))
    const mark = element('span', { class: 'arrow', role: 'img', 'aria-label': meaning }, arrow)
    if (direction === 'note') {
      return element('li', { 'data-direction': direction }, time, mark, words('note', text))
    }
    const { kind, about, said } = describeFrame(text, this.#directory)
    const row = { 'data-direction': direction, 'data-kind': kind }
    const readable = element('span', { class: 'said' }, element('b', {}, kind))
    if (about !== '') readable.append(' ', words('about', about))
    if (said !== '') readable.append(' ', words('data', said))
    const drawn = element('li', row, time, mark, readable, words('raw', text))
    if (direction === 'in' && kind === 'message') {
      readable.append(' ', element('span', { class: 'dropped' }, 'known already: dropped'))
      this.#undelivered = drawn
    }
    return drawn
  }
}

/** Somebody's words: their direction is their own, and changes nothing around them. */
function words(name: string, text: string): HTMLElement {
  const box = element('span', { class: name })
  box.append(element('bdi', { dir: 'auto' }, text.slice(0, MAX_SHOWN_LENGTH)))
  if (text.length > MAX_SHOWN_LENGTH) box.append(`… (${text.length} characters)`)
  return box
}
