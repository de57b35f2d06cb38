import { openPresence } from '../src/presence-envelope.js'

// Presence events that any program on the network could write.

const TAGS = '0000000100000002'
const text = (value: string): string => `${Buffer.byteLength(value)}:${value}`
const event = (...parts: string[]): Buffer => Buffer.from(`${TAGS}${parts.join('')}`)
const joined = (state: string, connections = 'c1'): string => `+${text('ann')}${text(state)}${text(connections)}`

test('an event with users who joined, changed and left is read', () => {
  const changed = `~${text('bob')}${text('')}${text('c2 c3')}`
  expect(openPresence(event(joined('{"a":"b c"}'), changed, `-${text('ü\n')}`))).toEqual({
    tag: '00000001',
    previous: '00000002',
    joined: [{ user: 'ann', state: '{"a":"b c"}', connections: ['c1'] }],
    changed: [{ user: 'bob', state: undefined, connections: ['c2', 'c3'] }],
    left: ['ü\n'],
  })
})

test.each([
  ['a state of more than 1,024 bytes', joined(`"${'x'.repeat(1023)}"`)],
  ['a state of a megabyte', joined(`"${'x'.repeat(1 << 20)}"`)],
  ['a state that is no JSON', joined('{"a":')],
  ['a state that would end its message', joined('1},{"user":"eve"')],
  ['a state with a line feed', joined('[1,\n2]')],
  ['a user without connections', joined('1', '')],
  ['more connections than a user is shown with', joined('1', Array.from({ length: 65 }, (_, n) => `c${n}`).join(' '))],
  ['a connection id with control characters', joined('1', 'c\u0000')],
  ['a state that is missing', `+${text('ann')}`],
  ['a length beyond the end', '-9:ann'],
  ['a length that is no number', '-x:ann'],
  ['an unknown sign', `*${text('ann')}${text('')}${text('c1')}`],
  ['no change', ''],
])('an event with %s is dropped', (_, part) => {
  expect(openPresence(event(part))).toBeUndefined()
})
