import {
  type Address,
  allServers,
  idOf,
  isExcepted,
  NO_EXCEPTIONS,
  onlyRoom,
  roomNames,
  roomOf,
  serverAddress,
} from '../src/rooms/address.js'

// Which connections an address selects, tested without connections.

const address = (scope: Address['scope'], ...names: string[]): Address => ({ scope, names, except: NO_EXCEPTIONS })

test.each<[Address['scope'], string[], string | undefined]>([
  ['room', ['a'], 'a'],
  ['room', ['a', 'b'], undefined],
  ['room', [], undefined],
  ['user', ['a'], undefined],
  ['hub', [''], undefined],
])('the address %s %j selects the room %j', (scope, names, room) => {
  expect(roomOf(address(scope, ...names))).toBe(room)
})

test('an address of rooms is narrowed to one of them, with its exceptions', () => {
  const except = new Set(['1'])
  expect(onlyRoom({ ...address('room', 'a', 'b'), except }, 'b')).toEqual({ scope: 'room', names: ['b'], except })
  const one = address('room', 'a')
  expect(onlyRoom(one, 'a')).toBe(one)
})

test('an address excepts connections by id and by room', () => {
  const connection = { id: '1', in: (room: string) => room === 'muted' }
  const all = address('hub', '')
  expect(isExcepted(connection, all)).toBe(false)
  expect(isExcepted(connection, { ...all, except: new Set(['2']), exceptRooms: ['a'] })).toBe(false)
  expect(isExcepted(connection, { ...all, except: new Set(['1']) })).toBe(true)
  expect(isExcepted(connection, { ...all, exceptRooms: ['a', 'muted'] })).toBe(true)
})

test('an address without exceptions excepts no connection, whatever its rooms are', () => {
  expect(isExcepted({ id: '1', in: () => true }, address('hub', ''))).toBe(false)
})

test('an address selects one server, or all of them', () => {
  expect([serverAddress('s1'), allServers()]).toEqual([address('server', 's1'), address('server', '')])
})

test('an address accepts one room name or a list of names', () => {
  expect([roomNames('a'), roomNames(['a', 'b']), roomNames([])]).toEqual([['a'], ['a', 'b'], []])
  for (const wrong of [5, ['a', 5], { length: 1, every: () => true }]) {
    expect(() => roomNames(wrong as never)).toThrow(/^A room must be named by a string, not by /)
  }
})

test('an address accepts a connection or its id', () => {
  expect([idOf('1'), idOf({ id: '2' })]).toEqual(['1', '2'])
  for (const wrong of [undefined, null, 5, { id: 5 }]) {
    expect(() => idOf(wrong as never)).toThrow(/^A connection must be given as such or by its id/)
  }
})
