import { offersHubProtocol, selectProtocol } from '../src/upgrade/subprotocol.js'
import { aRequest } from './handshake-requests.js'

// Which subprotocol a route selects.

const request = aRequest([['Sec-WebSocket-Protocol', 'a, b']])

test.each([
  ['x', '"x"'],
  [5, 'number'],
])('a function protocols that returns %p selects what was not offered, and throws', (selected, what) => {
  expect(() => selectProtocol(() => selected as never, request)).toThrow(
    `The function protocols returned ${what}, which is not one of the offered subprotocols.`,
  )
})

test('a request without the header offers no subprotocol', () => {
  const [silent, seen] = [aRequest([]), [] as unknown[]]
  expect(selectProtocol((offered) => void seen.push(offered), silent)).toBeUndefined()
  expect([seen, offersHubProtocol(silent)]).toEqual([[[]], false])
})

test('a route that lists subprotocols selects the first choice of the client among them, or none', () => {
  expect(selectProtocol(['b', 'a'], request)).toBe('a')
  expect(selectProtocol(['c', 'b'], request)).toBe('b')
  expect(selectProtocol(['c'], request)).toBeUndefined()
  expect(selectProtocol(undefined, request)).toBeUndefined()
})

test('a function protocols selects one of the offered subprotocols, or none', () => {
  expect(selectProtocol(([, second]) => second, request)).toBe('b')
  expect(selectProtocol(() => undefined, request)).toBeUndefined()
})
