import { hasExpired, mayBeConnecting, type Connection } from './connection.ts'
import { CONCURRENT_POSTS, type DeliveryDeps, type Outcome, type Tally } from './delivery.ts'
import { eachConcurrently } from './each-concurrently.ts'

/**
 * How long a handshake that was under way gets to end before its connection is asked again.
 * `$connect` returns right after its write, so that a second is long; it is no promise.
 */
const CONNECTING_GRACE_MS = 1_000

/**
 * Pushes a frame to every connection but `except`. One recipient's failure is counted and stops
 * nobody else's message. A connection that is gone is taken out of the table.
 *
 * @throws when the table cannot be read; nothing else.
 */
export async function broadcast(
  frame: string,
  except: string | undefined,
  deps: DeliveryDeps,
): Promise<Tally> {
  const counts: Record<Outcome, number> = { sent: 0, gone: 0, throttled: 0, failed: 0 }
  const connecting: string[] = []

  const settle = async (connectionId: string, outcome: Outcome): Promise<void> => {
    counts[outcome] += 1
    if (outcome === 'gone') await forget(connectionId, deps)
  }

  await eachConcurrently(recipients(except, deps), CONCURRENT_POSTS, async (connection) => {
    const { connectionId } = connection
    const outcome = await deps.post(connectionId, frame)
    if (outcome === 'gone' && mayBeConnecting(connection, deps.now())) connecting.push(connectionId)
    else await settle(connectionId, outcome)
  })

  // Without its item, a connection that is just being made would be deaf for two hours.
  if (connecting.length > 0) await deps.sleep(CONNECTING_GRACE_MS)
  await eachConcurrently(connecting, CONCURRENT_POSTS, async (connectionId) => {
    await settle(connectionId, await deps.post(connectionId, frame))
  })

  return { sent: counts.sent, gone: counts.gone, failed: counts.throttled + counts.failed }
}

async function* recipients(
  except: string | undefined,
  deps: DeliveryDeps,
): AsyncGenerator<Connection> {
  for await (const page of deps.connections.pages()) {
    for (const connection of page) {
      if (connection.connectionId === except || hasExpired(connection, deps.now())) continue
      yield connection
    }
  }
}

async function forget(connectionId: string, deps: DeliveryDeps): Promise<void> {
  try {
    await deps.connections.remove(connectionId)
  } catch (error) {
    deps.report('remove_failed', error) // The next broadcast meets it again; the TTL takes it at last.
  }
}
