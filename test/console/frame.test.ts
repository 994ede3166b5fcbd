import { describe, expect, it } from 'vitest'
import { Directory } from '../../console/directory.ts'
import { describeFrame, roomIn } from '../../console/frame.ts'

const directory = new Directory()
directory.add('L0SM9cOFvHcCIhw=', 'client 2')
directory.addRoom('k3Y', 'lobby')

describe('a frame reads', () => {
  it.each([
    ['ping', '{"action":"ping"}', '', ''],
    ['pong', '{"type":"pong","connectionId":"abc="}', 'you are abc=', ''],
    ['message', '{"action":"sendmessage","id":"1","data":"hi"}', 'to everyone', 'hi'],
    ['message', '{"action":"sendmessage","data":"","echo":false}', 'to everyone else', ''],
    ['message', '{"action":"sendmessage","data":{"a":1},"to":"xyz="}', 'to xyz=', '{"a":1}'],
    ['message', '{"action":"sendmessage","data":1,"to":"L0SM9cOFvHcCIhw="}', 'to client 2', '1'],
    [
      'message',
      '{"type":"message","from":"abc=","to":"everyone","data":null}',
      'from abc=',
      'null',
    ],
    [
      'message',
      '{"type":"message","from":"L0SM9cOFvHcCIhw=","user":"alice","to":"you","data":"hi"}',
      'from client 2 (user alice), to you alone',
      'hi',
    ],
    ['ack', '{"type":"ack","id":"1","sent":3,"gone":0,"failed":0}', '3 sent', ''],
    ['ack', '{"type":"ack","id":"1","sent":3,"gone":1,"failed":2}', '3 sent, 1 gone, 2 failed', ''],
    ['message', '{"type":"message","to":"everyone","data":"hi"}', 'from the backend', 'hi'],
    ['message', '{"action":"sendmessage","data":1,"to":{"room":"lobby"}}', 'to room lobby', '1'],
    ['message', '{"action":"sendmessage","data":1,"to":{"user":"bob"}}', 'to user bob', '1'],
    [
      'message',
      '{"type":"message","from":"abc=","to":{"room":"lobby"},"data":"hi"}',
      'from abc=, to room lobby',
      'hi',
    ],
    ['join', '{"action":"join","id":"1","room":"lobby"}', 'lobby', ''],
    ['join', '{"action":"join","room":"lobby","announce":true}', 'lobby, announced', ''],
    ['leave', '{"action":"leave","room":"lobby"}', 'lobby', ''],
    ['members', '{"action":"members","room":"lobby"}', 'lobby', ''],
    ['members', '{"type":"members","room":"lobby","connectionIds":["a","b"]}', 'lobby: 2', ''],
    [
      'members',
      '{"type":"members","room":"lobby","connectionIds":["a"],"next":"a"}',
      'lobby: 1 and more',
      '',
    ],
    [
      'joined',
      '{"type":"joined","group":"k3Y","connectionId":"L0SM9cOFvHcCIhw=","user":"bob"}',
      'client 2 (user bob), room lobby',
      '',
    ],
    ['left', '{"type":"left","group":"x1Z","connectionId":"abc="}', 'abc=, room x1Z', ''],
    ['ack', '{"type":"ack","re":"1","room":"lobby","group":"k3Y"}', 'room lobby', ''],
    ['ack', '{"type":"ack","id":"1","queued":true}', 'queued', ''],
    ['error', '{"type":"error","code":"NOT_CONNECTED","message":"no"}', 'NOT_CONNECTED', 'no'],
    ['gateway', '{"message": "Forbidden", "connectionId":"a", "requestId":"b"}', '', 'Forbidden'],
    ['frame', 'hello', '', 'hello'],
    ['frame', '[1]', '', '[1]'],
    ['frame', 'null', '', 'null'],
    ['frame', '{"type":7}', '', '{"type":7}'],
    ['message', '{"type":"message","from":7,"data":"hi"}', 'from ', 'hi'],
    ['frame', '{"type":"__proto__"}', '', '{"type":"__proto__"}'],
  ])('%s: %s', (kind, text, about, said) => {
    expect(describeFrame(text, directory)).toEqual({ kind, about, said })
  })
})

describe('the room that a frame tells a group of', () => {
  it.each([
    ['{"type":"ack","room":"lobby","group":"k3Y"}', { group: 'k3Y', room: 'lobby' }],
    ['{"type":"ack","id":"1","sent":1,"gone":0,"failed":0}', undefined],
    ['{"type":"joined","room":"lobby","group":"k3Y"}', undefined],
    ['{"type":"ack","room":"lobby","group":7}', undefined],
    ['nonsense', undefined],
  ])('%s', (text, room) => {
    expect(roomIn(text)).toEqual(room)
  })
})
