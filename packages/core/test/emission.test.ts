import { Emission } from '../src/broadcast/emission.js'

// An event with options: its text, and what it replaces.

test('a volatile event with a key replaces that of its type, room and key', () => {
  const emission = new Emission('moved', 1, { volatile: { key: 'k' } })
  expect(emission.markOf('a')).toEqual({ slot: '["moved","a","k"]', room: 'a' })
  expect(emission.markOf(undefined)).toEqual({ slot: '["moved","","k"]', room: undefined })
})

test('a volatile event without a key replaces nothing', () => {
  const emission = new Emission('moved', 1, { volatile: true })
  expect(emission.markOf('a')).toEqual({ slot: undefined, room: 'a' })
})

test('an event is volatile if the option is true or a key', () => {
  const events = [{}, { volatile: false }, { volatile: true }, { volatile: { key: 'k' } }]
  expect(events.map((options) => new Emission('moved', 1, options).isVolatile)).toEqual([false, false, true, true])
})

test.each(['x', 'x'.repeat(128)])('a volatile event takes the key %j', (key) => {
  expect(new Emission('moved', 1, { volatile: { key } }).markOf(undefined).slot).toContain(key)
})

test.each(['', 'x'.repeat(129)])('a volatile event does not take the key %j', (key) => {
  expect(() => new Emission('moved', 1, { volatile: { key } })).toThrow('a string of 1 to 128 characters, not ')
})
