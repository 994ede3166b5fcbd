import { expect, it } from 'vitest'
import { offeredSubprotocols } from '../../../lambdas/core/subprotocol.ts'

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
  expect(offeredSubprotocols({ headers }).includes('switchboard.v1')).toBe(offers)
})

it('finds all that are offered in two headers, of which the single form has the last', () => {
  const name = 'Sec-WebSocket-Protocol'
  const handshake = {
    headers: { [name]: 'bearer.a.b.c' },
    multiValueHeaders: { [name]: ['switchboard.v1, mqtt', 'bearer.a.b.c'] },
  }
  expect(offeredSubprotocols(handshake)).toEqual(['switchboard.v1', 'mqtt', 'bearer.a.b.c'])
})
