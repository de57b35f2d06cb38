import { randomBytes } from 'node:crypto'
import { BatchNode } from '../src/broadcast/batch-node.js'
import { FlushBatch } from '../src/broadcast/flush-batch.js'
import { Frame } from '../src/broadcast/frame.js'
import { MemberList } from '../src/broadcast/member-list.js'
import { type FrameSink, Outbox } from '../src/broadcast/outbox.js'
import { RoomTails } from '../src/broadcast/room-tails.js'
import { newTraffic } from '../src/observability/traffic.js'
import { collectYoung, makeOld } from './young-generation.js'

// Frames for several connections are concatenated once, and the members of a busy room are not visited for each message.

/** A socket that records its writes. */
class Sink implements FrameSink {
  writable = true
  writableNeedDrain = false
  writableLength = 0
  readonly writes: Buffer[] = []

  write(bytes: Buffer): void {
    this.writes.push(bytes)
  }
  once(): void {}
}

class Member {
  readonly sink = new Sink()
  readonly outbox: Outbox
  isOpen = true
  visits = 0
  readonly core = {
    enqueue: (frame: Frame): BatchNode | undefined => {
      this.visits += 1
      return this.isOpen ? this.outbox.push(frame) : undefined
    },
  }

  constructor(batch: FlushBatch) {
    this.outbox = new Outbox(batch, this.sink)
  }

  /** The payloads of each write. */
  get got(): string[] {
    return this.sink.writes.map((bytes) => bytes.toString('latin1').replaceAll(/[^a-z]/g, ''))
  }
}

/** A room of three members whose frames wait for `flush`. */
function batchRoom(limit = 1000) {
  const tails = new RoomTails()
  const traffic = newTraffic()
  const options = { limit, charge: () => {}, dropped: () => {}, traffic, stalled: new Set<object>(), tails }
  const batch = new FlushBatch(() => undefined, { ...options, compressed: false })
  const members = [new Member(batch), new Member(batch), new Member(batch)] as const
  const list = new MemberList<Member>(members)
  const broadcast = (payload: string): void => tails.deliver(list, new Frame(payload))
  const send = (member: Member, payload: string): unknown => member.outbox.push(new Frame(payload))
  return { tails, traffic, batch, members, list, broadcast, send, flush: batch.flush }
}

const visitsOf = (members: readonly Member[]): number[] => members.map(({ visits }) => visits)
const gotOf = (members: readonly Member[]): string[][] => members.map(({ got }) => got)

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

test('a later message of one connection does not change frames that it shares with others', () => {
  const { send, broadcast, flush, members } = batchRoom()
  broadcast('a')
  send(members[0], 'x')
  send(members[0], 'y')
  send(members[1], 'z')
  members[1].outbox.flush()
  send(members[2], 'w')
  send(members[2], 'v')
  flush()
  expect(gotOf(members)).toEqual([['axy'], ['az'], ['awv']])
})

test('a node that was written is written whole again after it got another frame', () => {
  const node = new BatchNode({ limit: 100, compressed: false }, new Frame('a'))
  node.enter(0)
  expect(node.bytes().toString('latin1')).toBe('\u0081\u0001a')
  node.after(new Frame('b'))
  expect(node.bytes().toString('latin1')).toBe('\u0081\u0001a\u0081\u0001b')
  expect([node.count, node.size]).toEqual([2, 6])
})

test('collections of the young generation free the messages of a room that were sent', () => {
  const { broadcast, flush } = batchRoom(1_000_000)
  const turns = (count: number): number => {
    for (let turn = 0; turn < count; turn += 1) {
      broadcast(randomBytes(40_000).toString('hex'))
      flush()
      collectYoung()
    }
    return process.memoryUsage().heapUsed
  }
  makeOld()
  const before = turns(10)
  expect(turns(100) - before).toBeLessThan(4_000_000)
})
