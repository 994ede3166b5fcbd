/**
 * The names of the environment variables by which a construct tells its Lambda what to use: the one
 * thing that both sides share.
 */
export const ENVIRONMENT = {
  /** Name of the Connections table. */
  connectionsTable: 'CONNECTIONS_TABLE',
  /** Name of the Memberships table. */
  membershipsTable: 'MEMBERSHIPS_TABLE',
  /** The secret by which the names of rooms and users are hashed. */
  groupKey: 'GROUP_KEY',
  /** The stage's @connections endpoint, `https://…/{stage}`. */
  callbackUrl: 'CALLBACK_URL',
  deliveryQueueUrl: 'DELIVERY_QUEUE_URL',
  /** The same, for a backend's own function that publishes. */
  publishQueueUrl: 'SWITCHBOARD_QUEUE_URL',
  deadLetterQueueUrl: 'DEAD_LETTER_QUEUE_URL',
  /** Recipients that a message is pushed to before its sender is answered. */
  inlineLimit: 'INLINE_LIMIT',
  /** Frames a second that a connection may send in the long run; 0: as many as it likes. */
  messagesPerSecond: 'MESSAGES_PER_SECOND',
  /** And at once, after a pause. */
  messageBurst: 'MESSAGE_BURST',
  /** Connection ids in a chunk. */
  chunkSize: 'CHUNK_SIZE',
  /** The most posts a second of one execution environment. */
  postsPerSecond: 'POSTS_PER_SECOND',
  /** Of the tokens; not there when nobody needs one. */
  jwtIssuer: 'JWT_ISSUER',
  /** Audiences of the tokens, with commas between them. */
  jwtAudience: 'JWT_AUDIENCE',
  /** `true`: a token may come in the query too. */
  queryToken: 'QUERY_TOKEN',
  /** `true`: every connection has a user, whom a token vouched for. */
  hasUsers: 'HAS_USERS',
  /** The claim that lists the rooms a token is good for; not there when every room is open. */
  roomsClaim: 'ROOMS_CLAIM',
  /** Origins of the pages that may connect, with commas; not there when any page may. */
  allowedOrigins: 'ALLOWED_ORIGINS',
  /** `true`: a client that sends no Origin may connect. */
  allowMissingOrigin: 'ALLOW_MISSING_ORIGIN',
} as const

/** The index of the Memberships table by which all of a connection's are found. */
export const MEMBERSHIPS_INDEX = 'ByConnection'
