import { describe, expect, it } from 'vitest'
import { Session } from '../../../local/access/session.ts'
import { Trace } from '../../../local/trace.ts'

const CALL = { action: 'dynamodb:PutItem', resource: 'table' }
const REPORT = { kind: 'afterReturn', functionName: 'Chat-Handler', ...CALL }

function setUp(): { session: Session; trace: Trace } {
  const trace = new Trace()
  return { session: new Session('Chat-Handler', trace), trace }
}

describe('a session', () => {
  it('reports no call that is answered before the handler returns, nor one while it loads', () => {
    const { session, trace } = setUp()
    for (const begin of [() => {}, () => session.handlerStarts()]) {
      begin()
      session.callStarts(CALL)
      session.callDone()
      session.callEnds(CALL)
      session.handlerReturns()
    }
    expect(trace.entries).toEqual([])
  })

  it('reports a call that is made when the handler has returned', () => {
    const { session, trace } = setUp()
    session.handlerStarts()
    session.handlerReturns()
    session.callStarts(CALL)
    session.callEnds(CALL)
    expect(trace.entries).toEqual([REPORT])
  })

  it('reports a call that was under way then, once it is answered', () => {
    const { session, trace } = setUp()
    session.handlerStarts()
    session.callStarts(CALL)
    session.handlerReturns()
    session.handlerStarts()
    session.callEnds(CALL)
    session.callDropped(CALL)
    expect(trace.entries).toEqual([REPORT])
  })

  it('reports no call that the handler has given up: the line’s end comes a little later', () => {
    const { session, trace } = setUp()
    session.handlerStarts()
    session.callStarts(CALL)
    session.handlerReturns()
    session.callDropped(CALL)
    expect(trace.entries).toEqual([])
  })

  it('counts the calls that are carried out, until that is undone', () => {
    const { session } = setUp()
    const seen: string[] = []
    session.afterCalls(2, () => seen.push('two'))
    for (let calls = 0; calls < 3; calls += 1) session.callDone()
    const undo = session.afterCalls(1, () => seen.push('one'))
    undo()
    session.callDone()
    expect(seen).toEqual(['two'])
  })
})
