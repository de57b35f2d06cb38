import { randomBytes } from 'node:crypto'
import { BatchNode } from '../src/broadcast/batch-node.js'
import { Frame } from '../src/broadcast/frame.js'
import { batchRoom, gotOf } from './batch-room.js'
import { collectYoung, makeOld } from './young-generation.js'

// Frames for several connections are concatenated once.

test('a lone message leaves as the bytes of its frame, and is not copied', () => {
  const { tails, list, flush, members } = batchRoom()
  const frame = new Frame('a')
  tails.deliver(list, frame)
  flush()
  expect(members[0].sink.writes[0]).toBe(frame.bytes(false))
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

test('a node that all outboxes but one have left takes the next frame of that one, without a copy', () => {
  const node = new BatchNode({ limit: 100, compressed: false }, new Frame('a'))
  node.enter(0)
  node.enter(0)
  node.leave()
  expect(node.standing).toBe(1)
  expect(node.after(new Frame('b'))).toBe(node)
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
