import { PassThrough } from 'node:stream'
import { earlyBytes } from '../src/upgrade/early-data.js'
import { HandshakeTimer } from '../src/upgrade/handshake-timer.js'

// How a handshake is watched: its timeout, that of the socket, and what the client sends.

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

function watch({ exclusive = true } = {}) {
  const socket = new PassThrough()
  const said: string[] = []
  const host = { expire: () => void said.push('expire'), timedOut: () => void said.push('timedOut') }
  const timer = new HandshakeTimer(socket, host, { timeout: 1000, exclusive, headBytes: 0 })
  return { socket, said, timer }
}

test('a handshake that is answered in the same turn of the event loop is not watched', () => {
  const { socket, said, timer } = watch()
  expect(timer.stop()).toEqual([])
  jest.advanceTimersByTime(5000)
  socket.emit('timeout')
  expect(said).toEqual([])
  expect(socket.listenerCount('data')).toBe(0)
})

test('a handshake expires once after its timeout, which renew() restarts', () => {
  const { said, timer } = watch()
  jest.advanceTimersByTime(800)
  timer.renew()
  jest.advanceTimersByTime(900)
  expect(said).toEqual([])
  jest.advanceTimersByTime(5000)
  expect(said).toEqual(['expire'])
})

test('a handshake that has ended neither expires nor reports the timeout of its socket', () => {
  const { socket, said, timer } = watch()
  jest.advanceTimersByTime(1)
  socket.emit('timeout')
  expect(said).toEqual(['timedOut'])
  timer.stop()
  socket.emit('timeout')
  jest.advanceTimersByTime(5000)
  expect(said).toEqual(['timedOut'])
})

test.each([
  [true, 'early'],
  [false, ''],
])('a socket is read during its handshake only if no other listener may take it: %s', (exclusive, read) => {
  const { socket, timer } = watch({ exclusive })
  jest.advanceTimersByTime(1)
  expect(socket.listenerCount('data')).toBe(exclusive ? 1 : 0)
  socket.emit('data', Buffer.from('early'))
  expect(Buffer.concat(timer.stop()).toString()).toBe(read)
  expect(earlyBytes()).toBe(0)
})
