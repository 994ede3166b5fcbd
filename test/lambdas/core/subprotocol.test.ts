import { expect, it } from 'vitest'
import { offersSubprotocol } from '../../../lambdas/core/subprotocol.ts'

it.each([
  { headers: { 'Sec-WebSocket-Protocol': 'switchboard.v1' }, offers: true },
  { headers: { 'sec-websocket-protocol': 'switchboard.v1' }, offers: true },
  { headers: { 'SEC-WEBSOCKET-PROTOCOL': 'switchboard.v1' }, offers: true },
  { headers: { 'Sec-WebSocket-Protocol': 'mqtt, switchboard.v1' }, offers: true },
  { headers: { 'Sec-WebSocket-Protocol': 'switchboard.v1,mqtt' }, offers: true },
  { headers: { Host: 'x', 'Sec-WebSocket-Protocol': ' switchboard.v1 ' }, offers: true },
  { headers: { 'Sec-WebSocket-Protocol': 'switchboard.v10' }, offers: false },
  { headers: { 'Sec-WebSocket-Protocol': 'Switchboard.v1' }, offers: false },
  { headers: { 'Sec-WebSocket-Protocol': '' }, offers: false },
  { headers: { 'Sec-WebSocket-Extensions': 'switchboard.v1' }, offers: false },
  { headers: {}, offers: false },
  { headers: undefined, offers: false },
])('finds the subprotocol in $headers: $offers', ({ headers, offers }) => {
  expect(offersSubprotocol(headers, 'switchboard.v1')).toBe(offers)
})
