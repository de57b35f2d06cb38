import { PassThrough } from 'node:stream'
import { closeSocket } from '../src/upgrade/http-answer.js'

// How the socket of a refused client ends.

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
})

afterEach(() => {
  jest.useRealTimers()
})

/** A socket that does not close by itself. */
function anOpenSocket(): PassThrough {
  return new PassThrough({ autoDestroy: false })
}

test('a refused client that does not close is disconnected after a second', () => {
  const socket = anOpenSocket()
  closeSocket(socket, Buffer.from('no'))
  expect([socket.writableEnded, socket.readableFlowing]).toEqual([true, true])
  jest.advanceTimersByTime(999)
  expect(socket.destroyed).toBe(false)
  jest.advanceTimersByTime(1)
  expect(socket.destroyed).toBe(true)
})

test('a refused client that closes leaves no timer', async () => {
  const socket = anOpenSocket()
  closeSocket(socket)
  expect(jest.getTimerCount()).toBe(1)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.destroy()
  await closed
  expect(jest.getTimerCount()).toBe(0)
})

test('a socket that was closed before its refusal leaves no timer', async () => {
  const socket = anOpenSocket()
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.destroy()
  await closed
  closeSocket(socket)
  expect(jest.getTimerCount()).toBe(0)
})
