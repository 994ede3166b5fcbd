/** What naming a message needs from the outside. */
export interface MessageIdDeps {
  /** A new id, unique for ever. */
  newMessageId(): string
  /** The SHA-256 of a text's UTF-8, in hexadecimal digits. */
  sha256(text: string): string
}

/** Whose message it is, and which of theirs. */
interface MessageName {
  /** What the client calls it. */
  readonly id?: string | undefined
  /** Who the client is, as the authorizer vouches for. */
  readonly user?: string | undefined
}

/** Of any version. Nobody else can guess one that was made at random, as other ids may be. */
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** Keeps these hashes apart from all others of the same user and id. */
const DOMAIN = 'switchboard.v1 message id'

/**
 * The id under which a message is pushed. One that its client calls by a UUID has the same each time
 * it is sent, over whatever connection: so who lost the ack can send it again, and recipients drop the
 * second. A message of any other name gets a new one.
 *
 * It is a hash, for recipients must not see the client's own id: a stranger who sent that first would
 * make them drop the message. The user is in it for the same reason.
 */
export function messageIdOf({ id, user }: MessageName, deps: MessageIdDeps): string {
  if (id === undefined || !UUID.test(id)) return deps.newMessageId()
  // As JSON, in which no user can look like another, or like none.
  return uuidFrom(deps.sha256(JSON.stringify([DOMAIN, id.toLowerCase(), user ?? null])))
}

/** A UUID of version 8 (RFC 9562, 5.8 and B.2): 122 bits of a digest. */
function uuidFrom(digest: string): string {
  const variant = ((parseInt(digest.charAt(16), 16) & 0b0011) | 0b1000).toString(16)
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    variant + digest.slice(17, 20),
    digest.slice(20, 32),
  ].join('-')
}
