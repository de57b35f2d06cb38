import { type IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { isBusy } from '../src/upgrade/busy-socket.js'

// A socket that belongs to a response, so that an upgrade on it has to wait.

const REQUEST = { method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 } as IncomingMessage

afterEach(() => jest.restoreAllMocks())

/** What `is` says of a socket before, during and after a response. */
function verdicts(is: typeof isBusy): boolean[] {
  const socket = new Socket()
  const response = new ServerResponse(REQUEST)
  const before = is(socket)
  response.assignSocket(socket)
  const during = is(socket)
  response.detachSocket(socket)
  return [before, during, is(socket)]
}

test('a socket is busy while it belongs to a response, and has no more listeners afterwards', () => {
  expect(verdicts(isBusy)).toEqual([false, true, false])
  const socket = new Socket()
  const before = socket.eventNames()
  isBusy(socket)
  expect(socket.eventNames()).toEqual(before)
})

test('a socket is busy too if a version of Node keeps the response of a socket elsewhere', () => {
  const owners = new WeakMap<Socket, ServerResponse>()
  jest.spyOn(ServerResponse.prototype, 'assignSocket').mockImplementation(function assign(
    this: ServerResponse,
    socket: Socket,
  ) {
    if (owners.has(socket)) throw new Error('assigned')
    owners.set(socket, this)
  })
  jest.spyOn(ServerResponse.prototype, 'detachSocket').mockImplementation((socket) => void owners.delete(socket))
  jest.isolateModules(() => {
    const elsewhere = jest.requireActual<{ isBusy: typeof isBusy }>('../src/upgrade/busy-socket.js')
    expect(verdicts(elsewhere.isBusy)).toEqual([false, true, false])
  })
})
