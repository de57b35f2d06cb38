import fc from 'fast-check'
import { Frame } from '../src/broadcast/frame.js'
import { MemberList } from '../src/broadcast/member-list.js'
import type { RoomTails } from '../src/broadcast/room-tails.js'
import { batchRoom, Member } from './batch-room.js'

// The members of a room are not visited before the flush if nothing else waits. Nobody may notice.

const LIMIT = 1_000_000

/** A room whose next message is for members that need not be visited. */
function idleRoom() {
  const room = batchRoom(LIMIT)
  room.broadcast('first')
  room.flush()
  for (const member of room.members) {
    member.visits = 0
    member.sink.writes.length = 0
  }
  return room
}

const visitsOf = (members: readonly Member[]): number[] => members.map(({ visits }) => visits)
const gotOf = (members: readonly Member[]): string[][] => members.map(({ got }) => got)

test('the members of a room for which nothing waits are not visited before the flush', () => {
  const { broadcast, flush, members, traffic } = idleRoom()
  const before = traffic.messagesOut
  broadcast('a')
  broadcast('b')
  expect(gotOf(members)).toEqual([[], [], []])
  flush()
  expect(visitsOf(members)).toEqual([0, 0, 0])
  expect(gotOf(members)).toEqual([['ab'], ['ab'], ['ab']])
  expect(traffic.messagesOut - before).toBe(6)
})

test('a flush sends the messages of a room that was not visited once', () => {
  const { broadcast, flush, members } = idleRoom()
  broadcast('a')
  flush()
  flush()
  broadcast('b')
  flush()
  expect(gotOf(members)).toEqual([
    ['a', 'b'],
    ['a', 'b'],
    ['a', 'b'],
  ])
})

test('a message to one member comes after those of the room that were sent before, and before later ones', () => {
  const { broadcast, send, flush, members } = idleRoom()
  broadcast('a')
  send(members[1], 'x')
  broadcast('b')
  flush()
  expect(gotOf(members)).toEqual([['ab'], ['axb'], ['ab']])
})

test('messages of two rooms arrive in the order in which they were sent', () => {
  const { tails, broadcast, flush, members, batch } = idleRoom()
  const other = new MemberList<Member>([members[2], new Member(batch)])
  const broadcastOther = (payload: string): void => tails.deliver(other, new Frame(payload))
  broadcastOther('y')
  flush()
  broadcast('a')
  broadcastOther('x')
  broadcast('b')
  flush()
  expect(gotOf(members)).toEqual([['ab'], ['ab'], ['y', 'axb']])
})

test('what waits for a member of a room that was not visited counts as its size', () => {
  const { broadcast, members } = idleRoom()
  const [{ outbox }] = members
  expect(outbox.size).toBe(0)
  broadcast('abc')
  expect(outbox.size).toBe(5)
  expect(outbox.hasRoom).toBe(true)
})

test('a member that is finished gets what was sent to its room before, and nothing after', () => {
  const { broadcast, flush, members } = idleRoom()
  broadcast('a')
  members[0].outbox.finish()
  expect(members[0].got).toEqual(['a'])
  broadcast('b')
  flush()
  expect(gotOf(members)).toEqual([['a'], ['ab'], ['ab']])
})

test('a member that leaves gets what was sent before, and one that joins what is sent after', () => {
  const { broadcast, flush, members, list, batch } = idleRoom()
  const late = new Member(batch)
  broadcast('a')
  list.remove(members[0])
  list.add(late)
  broadcast('b')
  flush()
  expect(gotOf([...members, late])).toEqual([['a'], ['ab'], ['ab'], ['b']])
})

test('a message that a socket causes while a flush writes to it leaves with the next flush', () => {
  const { broadcast, send, flush, members } = idleRoom()
  const { sink } = members[0]
  sink.write = (bytes) => {
    sink.writes.push(bytes)
    if (sink.writes.length === 1) send(members[2], 'x')
  }
  broadcast('a')
  flush()
  flush()
  expect(gotOf(members)).toEqual([['a'], ['a'], ['a', 'x']])
})

test('a socket that has closed gets nothing, and the other members get everything', () => {
  const { broadcast, flush, members } = idleRoom()
  broadcast('a')
  members[1].sink.writable = false
  flush()
  expect(gotOf(members)).toEqual([['a'], [], ['a']])
})

test('a socket that holds a message of a room that was not visited counts it as waiting', () => {
  const { broadcast, flush, members } = idleRoom()
  const [{ sink, outbox }] = members
  const drains: (() => void)[] = []
  sink.once = (_event: string, drained: () => void) => void drains.push(drained)
  sink.write = ({ length }) => Object.assign(sink, { writableLength: length, writableNeedDrain: true })
  broadcast('x'.repeat(LIMIT / 2))
  flush()
  expect(outbox.hasRoom).toBe(false)
  expect(drains).toHaveLength(1)
  drains[0]?.()
  expect(outbox.hasRoom).toBe(true)
})

test('messages of a room that was not visited count as sent, but not those to a closed socket', () => {
  const { broadcast, flush, members, traffic } = idleRoom()
  const before = { ...traffic }
  broadcast('ab')
  broadcast('cd')
  members[1].sink.writable = false
  flush()
  expect([traffic.messagesOut - before.messagesOut, traffic.bytesOut - before.bytesOut]).toEqual([4, 16])
})

test('members are visited while the socket of any connection is full', () => {
  const { broadcast, flush, members } = idleRoom()
  Object.assign(members[0].sink, { writableLength: 100, writableNeedDrain: true })
  broadcast('a')
  flush()
  broadcast('b')
  expect(visitsOf(members)).toEqual([1, 1, 1])
})

test('members are visited for a message that may exceed the limit of one of them', () => {
  const { broadcast, members } = idleRoom()
  broadcast('x'.repeat(LIMIT - 70_000))
  expect(visitsOf(members)).toEqual([0, 0, 0])
  broadcast('y'.repeat(70_000))
  expect(visitsOf(members)).toEqual([1, 1, 1])
})

test('members are visited for a first message that may exceed the limit together with what their sockets hold', () => {
  const { broadcast, members } = idleRoom()
  broadcast('x'.repeat(LIMIT - 10_000))
  expect(visitsOf(members)).toEqual([1, 1, 1])
})

test('a room whose messages were deferred is visited once after another connection got something', () => {
  const { broadcast, send, flush, members, batch } = idleRoom()
  const other = new Member(batch)
  broadcast('a')
  send(other, 'x')
  for (const payload of ['b', 'c', 'd']) broadcast(payload)
  flush()
  expect(visitsOf(members)).toEqual([1, 1, 1])
  expect(gotOf([...members, other])).toEqual([['abcd'], ['abcd'], ['abcd'], ['x']])
})

const step = fc.oneof(
  fc.record({ do: fc.constant('broadcast' as const), room: fc.nat(2), who: fc.nat(4) }),
  fc.record({ do: fc.constantFrom('send', 'flush', 'leave', 'join', 'turn'), room: fc.nat(2), who: fc.nat(4) }),
)

test('each member gets its messages in the order in which they were sent, whatever happens before the flush', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const world = new World()
      for (const [n, { do: what, room, who }] of steps.entries()) {
        world.take(what, String.fromCodePoint(97 + (n % 26)), { room, who })
      }
      world.flush()
      expect(world.members.map(({ got }) => got.join(''))).toEqual(world.expected)
    }),
    { numRuns: 500 },
  )
})

/** Five members in three rooms, and what each of them is to get. */
class World {
  readonly members: readonly Member[]
  readonly expected: string[]
  readonly flush: () => void
  readonly #rooms: readonly MemberList<Member>[]
  readonly #tails: RoomTails

  constructor() {
    const { tails, batch, flush } = batchRoom(LIMIT)
    this.members = Array.from({ length: 5 }, () => new Member(batch))
    this.expected = this.members.map(() => '')
    this.flush = flush
    this.#rooms = [this.members.slice(0, 3), this.members.slice(2), this.members].map((some) => new MemberList(some))
    this.#tails = tails
  }

  take(what: string, text: string, at: { readonly room: number; readonly who: number }): void {
    const member = this.members[at.who]
    const room = this.#rooms[at.room]
    if (!member || !room) return
    if (what === 'turn') this.flush()
    else if (what === 'flush') member.outbox.flush()
    else if (what === 'leave') room.remove(member)
    else if (what === 'join') room.add(member)
    else if (what === 'send') this.#send(member, text)
    else this.#broadcast(room, text)
  }

  #send(member: Member, text: string): void {
    this.#expect(member, text)
    member.outbox.push(new Frame(text))
  }

  #broadcast(room: MemberList<Member>, text: string): void {
    for (const member of room.members) this.#expect(member, text)
    this.#tails.deliver(room, new Frame(text))
  }

  #expect(member: Member, text: string): void {
    const at = this.members.indexOf(member)
    this.expected[at] = `${this.expected[at]}${text}`
  }
}
