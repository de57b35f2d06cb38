import { ConnectionRegistry } from '../src/broadcast/connection-registry.js'
import type { Member } from '../src/rooms/member.js'
import { type Address, NO_EXCEPTIONS } from '../src/rooms/address.js'

// Which connections of a server an address selects, including those that are joining a room.

const ann = { id: '1', user: 'ann', session: 's', in: (room: string) => room === 'a' }
const nobody = { id: '2', user: undefined, session: undefined, in: () => false }

const registry = new ConnectionRegistry<Member>({ occupants: () => new Set(), find: () => undefined })

function isSelected(scope: Address['scope'], names: readonly string[], who: object, except = NO_EXCEPTIONS): boolean {
  return registry.wouldSelect({ scope, names, except }, who as never, 'joining')
}

test.each<[Address['scope'], readonly string[], object, boolean]>([
  ['room', ['joining'], nobody, true],
  ['room', ['b', 'a'], ann, true],
  ['room', ['b', 'c'], ann, false],
  ['user', ['bob', 'ann'], ann, true],
  ['user', ['bob'], ann, false],
  ['user', ['s', '1'], ann, false],
  ['user', ['undefined'], nobody, false],
  ['session', ['t', 's'], ann, true],
  ['session', ['t'], ann, false],
  ['session', ['ann', '1'], ann, false],
  ['session', ['undefined'], nobody, false],
  ['hub', [''], nobody, true],
  ['connection', ['1', '2'], ann, true],
  ['connection', ['2'], ann, false],
])('the address %s %j selects the expected connections', (scope, names, who, meant) => {
  expect(isSelected(scope, names, who)).toBe(meant)
})

test('an address does not select a connection that it excepts', () => {
  expect(isSelected('hub', [''], ann, new Set(['1']))).toBe(false)
  expect(isSelected('hub', [''], nobody, new Set(['1']))).toBe(true)
})
