import { describe, expect, it } from 'vitest'
import { StagePaths } from '../../../local/gateway/stage-paths.ts'

const CHAT = { domainName: 'ws.example.com', key: 'chat' }
const DEEP = { domainName: '*.example.org', key: 'v1/chat' }
const ROOT = { domainName: 'root.example.com', key: '' }
const API = { stageName: 'prod', mappings: [CHAT, DEEP, ROOT], endpointIsDisabled: false }
const ID = 'L0SM9cOFvHcCIhw='

const open = new StagePaths(API)
const closed = new StagePaths({ ...API, mappings: [CHAT], endpointIsDisabled: true })
const plain = new StagePaths({ ...API, mappings: [] })

const request = (host: string, url: string) => ({ headers: { host }, url })

describe('the stage', () => {
  it.each([
    ['under its name', 'localhost:3001', '/prod', true],
    ['with a slash and a query', 'localhost', '/prod/?a=/x', true],
    ['at a domain, under the key', 'ws.example.com', '/chat?a=1', true],
    ['at a domain with a port, in any case', 'WS.Example.com:3001', '/chat/', true],
    ['at one of many domains', 'eu.example.org', '/v1/chat', true],
    ['at a domain itself', 'root.example.com', '/?a=1', true],
    ['under a key on this machine', '127.0.0.1:3001', '/v1/chat', true],
    ['under no key on this machine', 'localhost:3001', '/', true],
    ['not under its name at a domain', 'ws.example.com', '/prod', false],
    ['not under another domain’s key', 'ws.example.com', '/v1/chat', false],
    ['not at a domain itself, when that has a key', 'ws.example.com', '/', false],
    ['not below', 'localhost', '/prod/x', false],
    ['not in another case', 'localhost', '/Chat', false],
  ])('is %s: %s%s', (_, host, url, is) => {
    expect(open.isStage(request(host, url))).toBe(is)
  })

  it.each(['a.b.example.org', 'xws.example.com', 'ws.example.com.org', 'wsxexample.com'])(
    'is under its name at %s, which is no domain of its own',
    (host) => {
      expect(open.isStage(request(host, '/prod'))).toBe(true)
    },
  )

  it('is under its name alone without a custom domain', () => {
    expect(plain.isStage(request('localhost', '/prod'))).toBe(true)
    expect(plain.isStage(request('localhost', '/'))).toBe(false)
    expect(plain.first).toBe('/prod')
  })

  it('is only under its keys when the API’s own endpoint is disabled', () => {
    expect(closed.isStage(request('localhost', '/prod'))).toBe(false)
    expect(closed.isStage(request('localhost', '/chat'))).toBe(true)
    expect(closed.isStage(request('ws.example.com', '/chat'))).toBe(true)
    expect(closed.first).toBe('/chat')
  })
})

describe('@connections', () => {
  it.each([
    ['localhost', `/prod/@connections/${ID}`],
    ['ws.example.com', `/chat/%40connections/${encodeURIComponent(ID)}?x`],
    ['eu.example.org', `/v1/chat/@connections/${ID}`],
    ['root.example.com', `/@connections/${ID}`],
  ])('is below the stage: %s%s', (host, url) => {
    expect(open.connectionId(request(host, url))).toBe(ID)
  })

  it.each([
    ['ws.example.com', `/prod/@connections/${ID}`],
    ['ws.example.com', `/@connections/${ID}`],
    ['localhost', `/prod/@connections/${ID}/x`],
    ['localhost', `/other/@connections/${ID}`],
    ['localhost', '/prod'],
  ])('is not elsewhere: %s%s', (host, url) => {
    expect(open.connectionId(request(host, url))).toBeUndefined()
  })

  it('is not below a disabled endpoint', () => {
    const url = `/@connections/${ID}`
    expect(closed.connectionId(request('localhost', `/prod${url}`))).toBeUndefined()
    expect(closed.connectionId(request('localhost', `/chat${url}`))).toBe(ID)
  })
})
