import { describe, expect, it } from 'vitest'
import { Emitter, toError } from '../../client/emitter.ts'

interface Events {
  readonly said: string
  readonly error: Error
}

describe('a listener', () => {
  it('that is put on in the middle of an event hears the next one', () => {
    const emitter = new Emitter<Events>()
    const heard: string[] = []
    const hearOnce = (): void => {
      const off = emitter.on('said', (text) => {
        off()
        heard.push(text)
        // Without an end, if it heard the same event again.
        if (heard.length < 10) hearOnce()
      })
    }
    hearOnce()
    emitter.emit('said', '1')
    emitter.emit('said', '2')
    expect(heard).toEqual(['1', '2'])
  })

  it('that is taken off in the middle of an event does not hear it', () => {
    const emitter = new Emitter<Events>()
    const heard: string[] = []
    emitter.on('said', () => off())
    const off = emitter.on('said', (text) => heard.push(text))
    emitter.emit('said', '1')
    expect(heard).toEqual([])
  })
})

describe('what is thrown', () => {
  it('is told as an Error, whatever it is', () => {
    const error = new RangeError('mine')
    expect(toError(error)).toBe(error)
    expect(toError('a text')).toMatchObject({ name: 'Error', cause: 'a text' })
    // It has no text, and asking for one would throw.
    const odd: unknown = Object.create(null)
    expect(toError(odd).cause).toBe(odd)
  })
})
