import { advance, readConfig, readStored, type Config } from './backend.ts'
import { Card } from './card.ts'
import { Directory } from './directory.ts'
import { find, setText } from './dom.ts'
import { describeError, formatDuration, formatTime } from './format.ts'
import { NewConnectionForm, type NewConnection } from './new-connection.ts'
import { Storage } from './storage.ts'

/** Enough to see that a private message reaches one of two. */
const CLIENTS_AT_FIRST = 3

/** Those of a stage that the page's clients can talk to. */
const ROUTES = ['ping', 'sendmessage'] as const

const EVERY_SECOND_MS = 1_000

const directory = new Directory()
const cards: Card[] = []
const grid = find(document, '#clients', HTMLElement)
const announcer = find(document, '#announcer', HTMLElement)
let count = 0

const config = await readConfig()
const form = new NewConnectionForm(config, (connection) => {
  add(connection).element.focus()
})
const isForeign = config !== undefined && ROUTES.some((route) => !config.routes.includes(route))
// A client would try for ever, and another app's functions would run each time.
const clientsAtFirst = isForeign ? 0 : CLIENTS_AT_FIRST
for (let index = 0; index < clientsAtFirst; index += 1) {
  const connection = form.suggestion(index)
  if (connection) add(connection)
}
setInterval(() => {
  for (const card of cards) card.tick()
}, EVERY_SECOND_MS)
find(document, '#raw', HTMLInputElement).addEventListener('change', ({ target }) => {
  grid.classList.toggle('shows-raw', target instanceof HTMLInputElement && target.checked)
  for (const { log } of cards) log.showEnd()
})
if (config) showLocal(config)
if (isForeign) showForeign(config)

function add({ endpoint, identity }: NewConnection): Card {
  count += 1
  const name = `client ${count}`
  const card: Card = new Card({
    name,
    identity,
    endpoint,
    directory,
    onChanged: introduce,
    announce: (text) => setText(announcer, text),
    onRemoved: remove,
  })
  cards.push(card)
  grid.append(card.element)
  introduce()
  return card
}

function remove(card: Card): void {
  cards.splice(cards.indexOf(card), 1)
  card.element.remove()
  introduce()
  // Where the keyboard goes on, now that the button is gone.
  find(document, '#clients-title', HTMLElement).focus()
}

/** Tells each client of all others. */
function introduce(): void {
  for (const card of cards) {
    card.setPeers(cards.filter((other) => other !== card).map(({ peer }) => peer))
  }
}

/** What only the stack on this machine can show: its tables and its clock. */
function showLocal({ name }: Config): void {
  setText(find(document, '#stack', HTMLElement), name)
  for (const part of document.querySelectorAll<HTMLElement>('[data-local]')) part.hidden = false
  const queues = find(document, '#queues', HTMLElement)
  const storage = new Storage(find(document, '#stored', HTMLElement), queues)
  const clock = find(document, '#clock', HTMLElement)
  const look = async (): Promise<void> => {
    if (document.hidden) return
    try {
      const stored = await readStored()
      storage.show(stored)
      setText(clock, describeClock(stored.nowMs))
    } catch (error) {
      storage.unavailable(describeError(error))
    }
  }
  const lookAgain = (): void => {
    void look().finally(() => setTimeout(lookAgain, EVERY_SECOND_MS))
  }
  lookAgain()
  document.addEventListener('visibilitychange', () => void look())
  wireAdvance()
}

/** Says why nobody connects to the app that is here, and nothing of it that is true of Switchboard. */
function showForeign({ name }: Config): void {
  setText(find(document, '#foreign-name', HTMLElement), name)
  find(document, '#foreign', HTMLElement).hidden = false
  find(document, '#known', HTMLElement).hidden = true
}

function describeClock(nowMs: number): string {
  // The answer was under way for a moment, too.
  const minutesAhead = Math.round((nowMs - Date.now()) / 60_000)
  const ahead = minutesAhead > 0 ? `, ${formatDuration(minutesAhead * 60_000)} ahead` : ''
  return formatTime(nowMs) + ahead
}

function wireAdvance(): void {
  const said = find(document, '#advanced', HTMLOutputElement)
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-minutes]')) {
    button.addEventListener('click', () => {
      const minutes = Number(button.dataset['minutes'])
      setText(said, 'Time passes…')
      advance(minutes).then(
        () => setText(said, `${formatDuration(minutes * 60_000)} have passed.`),
        (error: unknown) => setText(said, describeError(error)),
      )
    })
  }
}
