import { PassThrough } from 'node:stream'
import { earlyBytes, EarlyData } from '../src/upgrade/early-data.js'

// The bytes that clients send before their handshake is answered.

const KIB = 1024

/** What Node reads a socket from. */
interface Handle {
  reading?: boolean
  readonly readStop?: () => void
  readonly readStart?: () => void
}

/** A socket that a test writes to, and the calls of its handle. */
class EarlySocket extends PassThrough {
  readonly calls: string[] = []
  readonly handle: Handle | null

  constructor(handle?: Handle | null) {
    super({ highWaterMark: 64 * KIB })
    const [readStop, readStart] = ['stop', 'start'].map((name) => () => void this.calls.push(name))
    this.handle = handle === undefined ? ({ reading: true, readStop, readStart } as Handle) : handle
    Object.assign(this, { _handle: this.handle })
  }

  /** Lets bytes arrive. */
  async receive(size: number): Promise<void> {
    this.write(Buffer.alloc(size, 'x'))
    await new Promise(setImmediate)
  }
}

const begin = (begun = 0): { socket: EarlySocket; early: EarlyData } => {
  const socket = new EarlySocket()
  return { socket, early: new EarlyData(socket, begun) }
}

const sizeOf = (chunks: readonly Buffer[]): number => Buffer.concat(chunks).length

test('early data is kept in order, and counted until it is taken', async () => {
  const { socket, early } = begin()
  await socket.receive(5)
  await socket.receive(7)
  expect(earlyBytes()).toBe(12)
  expect(early.stop().map(({ length }) => length)).toEqual([5, 7])
  expect(earlyBytes()).toBe(0)
  expect(['data', 'end', 'close'].map((name) => socket.listenerCount(name))).toEqual([0, 0, 0])
})

test.each([
  [16 * KIB - 1, []],
  [16 * KIB, ['stop']],
])('a socket is read until 16 KiB of early data have come: after %i bytes the calls are %p', async (size, calls) => {
  const { socket, early } = begin()
  await socket.receive(size)
  expect(socket.calls).toEqual(calls)
  expect(socket.isPaused()).toBe(calls.length > 0)
  expect(sizeOf(early.stop())).toBe(size)
})

test.each([
  [16 * KIB - 1, []],
  [16 * KIB, ['stop']],
])('a socket is read if fewer than 16 KiB have come with its request: for %i the calls are %p', (begun, calls) => {
  const { socket, early } = begin(begun)
  expect(socket.calls).toEqual(calls)
  expect(socket.listenerCount('data')).toBe(1 - calls.length)
  early.stop()
})

test('bytes that the stream has read by itself count as early data', () => {
  const socket = new EarlySocket()
  socket.write(Buffer.alloc(16 * KIB))
  const early = new EarlyData(socket, 0)
  expect(socket.calls).toEqual(['stop'])
  expect(early.stop()).toEqual([])
})

test('a socket whose handle was stopped is read again once its early data is taken', async () => {
  const { socket, early } = begin()
  await socket.receive(16 * KIB)
  expect(socket.handle?.reading).toBe(false)
  early.stop()
  expect([socket.calls, socket.handle?.reading]).toEqual([['stop', 'start'], true])
})

test('the handle of a socket that was not stopped is left alone', async () => {
  const { socket, early } = begin()
  await socket.receive(1)
  early.stop()
  expect([socket.calls, socket.handle?.reading]).toEqual([[], true])
})

test.each([
  ['without a handle', null],
  ['whose handle cannot stop', { reading: true, readStart: () => {} }],
  ['whose handle cannot start', { reading: true, readStop: () => {} }],
  ['whose handle does not read', { reading: false, readStop: () => {} }],
  ['whose handle does not say whether it reads', { readStop: () => {}, readStart: () => {} }],
])('a socket %s is paused once 16 KiB have come, and keeps its handle as it is', (_, handle) => {
  const before = handle && { ...handle }
  const socket = new EarlySocket(handle)
  const early = new EarlyData(socket, 16 * KIB)
  expect(socket.isPaused()).toBe(true)
  early.stop()
  expect(socket.handle).toEqual(before)
})

test('a client that ends its side during the handshake loses its socket, and what it sent is not counted any more', async () => {
  const { socket } = begin()
  await socket.receive(5)
  socket.end()
  await new Promise((resolve) => socket.once('close', resolve))
  expect(socket.destroyed).toBe(true)
  expect(earlyBytes()).toBe(0)
})

test('a socket is not read any more once the early data of all handshakes is 16 MiB', async () => {
  const [filler, other] = [begin(), begin()]
  filler.socket.emit('data', Buffer.alloc(16 * KIB * KIB - 2))
  await other.socket.receive(1)
  expect(other.socket.calls).toEqual([])
  await other.socket.receive(1)
  expect(other.socket.calls).toEqual(['stop'])
  for (const { early } of [filler, other]) early.stop()
  expect(earlyBytes()).toBe(0)
})
