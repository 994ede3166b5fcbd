import { describe, expect, it } from 'vitest'
import { readTextForm } from '../../../lambdas/core/text-forms.ts'

describe('a text form', () => {
  it.each([
    ['BROADCAST:hello', { action: 'sendmessage', data: 'hello' }],
    ['BROADCAST:', { action: 'sendmessage', data: '' }],
    ['BROADCAST::a:b:', { action: 'sendmessage', data: ':a:b:' }],
    ['BROADCAST: two\nlines ', { action: 'sendmessage', data: ' two\nlines ' }],
    ['BROADCAST:PRIVATE:x:y', { action: 'sendmessage', data: 'PRIVATE:x:y' }],
    ['PRIVATE:A=:hello', { action: 'sendmessage', to: 'A=', data: 'hello' }],
    ['PRIVATE:A=:', { action: 'sendmessage', to: 'A=', data: '' }],
    ['PRIVATE:A=:a:b', { action: 'sendmessage', to: 'A=', data: 'a:b' }],
    ['PRIVATE::hello', { action: 'sendmessage', to: '', data: 'hello' }],
  ])('reads %j', (body, command) => {
    expect(readTextForm(body)).toEqual(command)
  })

  it.each(['PRIVATE:', 'PRIVATE:A='])('is refused without its second colon: %j', (body) => {
    expect(() => readTextForm(body)).toThrowError(
      expect.objectContaining({
        code: 'BAD_MESSAGE',
        message: expect.stringContaining('PRIVATE:<connectionId>:<text>'),
      }),
    )
  })

  it.each(['broadcast:hi', 'Private:A=:hi', ' BROADCAST:hi', 'BROADCAST', 'hello', '', '{}'])(
    'is not %j',
    (body) => {
      expect(readTextForm(body)).toBeUndefined()
    },
  )
})
