/**
 * The names of the environment variables by which a construct tells its Lambda what to use: the one
 * thing that both sides share.
 */
export const ENVIRONMENT = {
  /** Name of the Connections table. */
  connectionsTable: 'CONNECTIONS_TABLE',
  /** The stage's @connections endpoint, `https://…/{stage}`. */
  callbackUrl: 'CALLBACK_URL',
} as const
