import { Frame } from '../src/broadcast/frame.js'
import { MemberList } from '../src/broadcast/member-list.js'
import { batchRoom, gotOf, Member } from './batch-room.js'

// The members of a busy room are not visited for each message.

const visitsOf = (members: readonly Member[]): number[] => members.map(({ visits }) => visits)

describe('a room whose members get only messages of the room', () => {
  test('the members of a room are visited only for the first message of a batch', () => {
    const { broadcast, flush, members, traffic } = batchRoom()
    for (const payload of ['a', 'b', 'c']) broadcast(payload)
    expect(visitsOf(members)).toEqual([1, 1, 1])
    flush()
    expect(gotOf(members)).toEqual([['abc'], ['abc'], ['abc']])
    expect(traffic).toMatchObject({ messagesOut: 9, bytesOut: 27 })
    broadcast('d')
    expect(visitsOf(members)).toEqual([2, 2, 2])
  })

  test('the members of a room share one buffer', () => {
    const { broadcast, flush, members } = batchRoom()
    for (const payload of ['a', 'b', 'c']) broadcast(payload)
    flush()
    expect(new Set(members.map(({ sink }) => sink.writes[0])).size).toBe(1)
  })

  test('a room that is left by all members but one is not visited, whatever else that one gets', () => {
    const { broadcast, send, flush, members, list } = batchRoom()
    list.remove(members[1])
    list.remove(members[2])
    broadcast('a')
    send(members[0], 'x')
    broadcast('b')
    expect(members[0].visits).toBe(1)
    flush()
    expect(gotOf(members)).toEqual([['axb'], [], []])
  })

  test('a room does not keep the messages of its last batch', () => {
    const { broadcast, flush, list } = batchRoom()
    broadcast('a')
    expect(list.tail).toBeDefined()
    flush()
    expect(list.tail).toBeUndefined()
  })

  test('a member that was always alone in its room, and a room without members, get what is theirs', () => {
    const { tails, flush, members } = batchRoom()
    for (const payload of ['a', 'b']) tails.deliver(members[0], new Frame(payload))
    tails.deliver(undefined, new Frame('x'))
    flush()
    expect(gotOf(members)).toEqual([['ab'], [], []])
  })
})

describe('a room is visited again', () => {
  test('a room is visited again once a member gets another message, and each member gets its messages in order', () => {
    const { broadcast, send, flush, members } = batchRoom()
    broadcast('a')
    send(members[1], 'x')
    broadcast('b')
    broadcast('c')
    expect(visitsOf(members)).toEqual([3, 3, 3])
    flush()
    expect(gotOf(members)).toEqual([['abc'], ['axbc'], ['abc']])
  })

  test('a room is visited again once a member is flushed before the others', () => {
    const { broadcast, flush, members } = batchRoom()
    broadcast('a')
    members[2].outbox.flush()
    broadcast('b')
    flush()
    expect(gotOf(members)).toEqual([['ab'], ['ab'], ['a', 'b']])
  })

  test('a room is visited again once a member has left and another has joined', () => {
    const { broadcast, flush, members, list, batch } = batchRoom()
    broadcast('a')
    const late = new Member(batch)
    list.remove(members[2])
    list.add(late)
    broadcast('b')
    flush()
    expect(gotOf([...members, late])).toEqual([['ab'], ['ab'], ['a'], ['b']])
  })

  test('a room is visited again if its members change while it is visited', () => {
    const { broadcast, flush, members, list, batch } = batchRoom()
    const late = new Member(batch)
    members[2].whenVisited = () => {
      list.remove(members[0])
      list.add(late)
    }
    broadcast('a')
    broadcast('b')
    flush()
    expect(gotOf([...members, late])).toEqual([['a'], ['ab'], ['ab'], ['b']])
  })

  test('a room is visited for each message while the socket of a member is full', () => {
    const { broadcast, flush, members } = batchRoom()
    members[0].isOpen = false
    broadcast('a')
    members[0].isOpen = true
    broadcast('b')
    flush()
    expect(gotOf(members)).toEqual([['b'], ['ab'], ['ab']])
  })

  test('a room is visited for each message while another message of a member waits', () => {
    const { broadcast, send, flush, members } = batchRoom()
    send(members[2], 'x')
    broadcast('a')
    broadcast('b')
    flush()
    expect(visitsOf(members)).toEqual([2, 2, 2])
    expect(gotOf(members)).toEqual([['ab'], ['ab'], ['xab']])
  })

  test('a room whose members stand together beside another connection is visited for the next message', () => {
    const { tails, list, broadcast, send, flush, members, batch } = batchRoom()
    const [other, frame] = [new Member(batch), new Frame('a')]
    other.core.enqueue(frame)
    tails.deliver(list, frame)
    send(members[0], 'x')
    broadcast('b')
    flush()
    expect(gotOf([...members, other])).toEqual([['axb'], ['ab'], ['ab'], ['a']])
  })

  test('a room is visited again while one member stands elsewhere, and another connection in its place', () => {
    const { tails, list, broadcast, send, flush, members, batch } = batchRoom()
    const [other, frame] = [new Member(batch), new Frame('a')]
    send(members[2], 'x')
    other.core.enqueue(frame)
    tails.deliver(list, frame)
    broadcast('b')
    flush()
    expect(gotOf([...members, other])).toEqual([['ab'], ['ab'], ['xab'], ['a']])
  })

  test('a room is visited again while its first member takes nothing, and another connection stands in its place', () => {
    const { tails, list, broadcast, flush, members, batch } = batchRoom()
    const [other, frame] = [new Member(batch), new Frame('a')]
    other.core.enqueue(frame)
    members[0].isOpen = false
    tails.deliver(list, frame)
    members[0].isOpen = true
    broadcast('b')
    flush()
    expect(gotOf([...members, other])).toEqual([['b'], ['ab'], ['ab'], ['a']])
  })

  test('a room is visited if a message exceeds the limit of one member with the bytes in its socket', () => {
    const { broadcast, flush, members } = batchRoom(20)
    members[1].sink.writableLength = 15
    broadcast('a')
    flush()
    for (const payload of ['b', 'c']) broadcast(payload)
    expect(members[1].outbox.size).toBe(3)
    expect(visitsOf(members)).toEqual([3, 3, 3])
  })

  test('a room is visited if a message exceeds the limit, and each connection decides', () => {
    const { broadcast, members } = batchRoom(10)
    for (const payload of ['aaa', 'bbb']) broadcast(payload)
    expect(visitsOf(members)).toEqual([1, 1, 1])
    broadcast('c')
    expect(visitsOf(members)).toEqual([2, 2, 2])
  })
})

test('a member of two rooms gets their messages in order', () => {
  const { tails, flush, members, batch } = batchRoom()
  const other = new Member(batch)
  const red = new MemberList([members[0], members[1]])
  const blue = new MemberList([members[1], other])
  for (const [room, payload] of [
    [red, 'a'],
    [red, 'b'],
    [blue, 'c'],
    [red, 'd'],
    [blue, 'e'],
    [blue, 'f'],
  ] as const)
    tails.deliver(room, new Frame(payload))
  flush()
  expect(gotOf([members[0], members[1], other])).toEqual([['abd'], ['abcdef'], ['cef']])
})
