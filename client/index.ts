export { createClient } from './create-client.ts'
export { AuthError, SwitchboardError, type ClientErrorCode } from './errors.ts'
export type {
  BroadcastOptions,
  Client,
  ClientEvents,
  ClientOptions,
  ClientState,
  Clock,
  JoinOptions,
  MembersOptions,
  MembersPage,
  MessageOf,
  Receipt,
  Room,
  RoomEvents,
  SendOptions,
  StateChange,
  StateReason,
  TokenRequest,
  WebSocketClass,
  WebSocketLike,
} from './types.ts'
