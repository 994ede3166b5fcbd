import { Composer, type Peer } from './composer.ts'
import type { Directory } from './directory.ts'
import { copyTemplate, find, setText } from './dom.ts'
import { formatDuration } from './format.ts'
import { FrameLog } from './frame-log.ts'
import { Outcome } from './outcome.ts'
import { RoomsBox } from './rooms-box.ts'
import { Session, type Endpoint, type Entry, type Viewer } from './session.ts'

const COPIED_SHOWN_MS = 1_500

/** What a card asks of the page. */
export interface CardProps {
  readonly name: string
  /** As whom, in words. */
  readonly identity: string
  readonly endpoint: Endpoint
  readonly directory: Directory
  /** Its connection id is another one. */
  readonly onChanged: () => void
  /** For those who do not see it. */
  readonly announce: (text: string) => void
  readonly onRemoved: (card: Card) => void
}

/** One client, with all that can be done with it. */
export class Card implements Viewer {
  readonly element = copyTemplate('client')
  readonly session: Session
  readonly log: FrameLog
  readonly #composer: Composer
  readonly #rooms: RoomsBox
  readonly #onChanged: () => void
  readonly #state = find(this.element, '.state', HTMLOutputElement)
  readonly #connectionId = find(this.element, '.connection-id', HTMLElement)
  readonly #uptime = find(this.element, '.uptime', HTMLElement)
  readonly #cut = this.#button('.cut')
  readonly #copy = this.#button('.copy')
  readonly #close = this.#button('.close')
  readonly #again = this.#button('.again')
  readonly #announce: (state: string) => void
  #lastId: string | undefined

  constructor(props: CardProps) {
    const { name, identity, endpoint, directory, onChanged, onRemoved, announce } = props
    this.#onChanged = onChanged
    this.#announce = (state) => announce(`${name}: ${state}`)
    this.element.setAttribute('aria-label', name)
    find(this.element, 'h3', HTMLElement).textContent = name
    setText(find(this.element, '.identity', HTMLElement), identity)
    const scroller = find(this.element, '.log', HTMLElement)
    this.log = new FrameLog(scroller, find(scroller, 'ol', HTMLElement), directory)
    this.session = new Session(name, endpoint, { Line: WebSocket, directory, viewer: this })
    const outcome = new Outcome(find(this.element, '.result', HTMLOutputElement))
    this.#composer = new Composer(this.element, this.session, outcome)
    this.#rooms = new RoomsBox(this.element, { session: this.session, outcome, directory })
    this.#cut.addEventListener('click', () => this.#toggleCable())
    this.#copy.addEventListener('click', () => void this.#copyId())
    this.#close.addEventListener('click', () => {
      void this.session.close()
      // The button is gone, and the focus would be, too.
      this.#again.focus()
    })
    this.#again.addEventListener('click', () => {
      this.session.connectAgain()
      this.#close.focus()
    })
    this.#button('.remove').addEventListener('click', () => {
      void this.session.end()
      onRemoved(this)
    })
    this.changed()
  }

  /** The last one that it had: a message to a client that is away is answered with NOT_CONNECTED. */
  get peer(): Peer {
    return { name: this.session.name, connectionId: this.#lastId }
  }

  setPeers(peers: readonly Peer[]): void {
    this.#composer.setPeers(peers)
  }

  happened(entry: Entry): void {
    this.log.add(entry)
  }

  passedOn(): void {
    this.log.passedOn()
  }

  changed(): void {
    const { state, connectionId, cable } = this.session
    this.#lastId = connectionId ?? this.#lastId
    this.element.dataset['state'] = state
    this.element.dataset['network'] = cable.isCut ? 'cut' : 'whole'
    if (this.#state.textContent !== state) this.#announce(state)
    setText(this.#state, state)
    setText(this.#connectionId, connectionId ?? '—')
    this.#copy.disabled = connectionId === undefined
    this.#cut.setAttribute('aria-pressed', String(cable.isCut))
    this.#close.hidden = state === 'closed'
    this.#again.hidden = state !== 'closed'
    const rooms = this.session.rooms.all
    this.#rooms.show(rooms)
    this.#composer.setRooms(rooms.map(({ name }) => name))
    this.tick()
    this.#onChanged()
  }

  /** Says how long it has been as it is. */
  tick(): void {
    setText(this.#uptime, this.#describeUptime())
  }

  #describeUptime(): string {
    const { state, since, attempts, connections } = this.session
    const lasts = formatDuration(Date.now() - since)
    switch (state) {
      case 'idle':
        return 'about to connect'
      case 'connecting':
      case 'reconnecting':
        return attempts > 0 ? `for ${lasts}, attempt ${attempts}` : `for ${lasts}`
      case 'open':
        return connections > 1 ? `for ${lasts}, connection ${connections}` : `for ${lasts}`
      case 'closed':
        return `for ${lasts}`
    }
  }

  #toggleCable(): void {
    const { cable } = this.session
    if (cable.isCut) {
      cable.mend()
      // As a browser does when its network is back: whoever waits tries again at once.
      window.dispatchEvent(new Event('online'))
    } else cable.cut()
    this.changed()
  }

  async #copyId(): Promise<void> {
    const copied = navigator.clipboard.writeText(this.session.connectionId ?? '')
    setText(
      this.#copy,
      await copied.then(
        () => 'Copied',
        () => 'Not copied',
      ),
    )
    setTimeout(() => setText(this.#copy, 'Copy id'), COPIED_SHOWN_MS)
  }

  #button(selector: string): HTMLButtonElement {
    return find(this.element, selector, HTMLButtonElement)
  }
}
