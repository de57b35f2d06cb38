import { HandshakeRecord, withAuthorization } from '../src/admission/handshake-record.js'

// What a connection keeps of the request that it began with.

const handshake = {
  url: '/chat?room=1',
  headers: { host: 'example.com', cookie: 'a=1' },
  address: '192.0.2.1',
  host: 'example.com',
  secure: true,
  protocol: 'wshub',
  time: new Date(0),
}

/** Everything that the app can read. */
const read = ({ url, headers, address, host, secure, protocol, time }: HandshakeRecord) => ({
  url,
  headers,
  address,
  host,
  secure,
  protocol,
  time,
})

test('a handshake record says what the handshake was', () => {
  expect(read(new HandshakeRecord(handshake))).toEqual(handshake)
})

test('a handshake record counts the bytes of its headers and of its URL', () => {
  const names = 'host\0example.comcookie\0a=1'
  expect(new HandshakeRecord(handshake).bytes).toBe(names.length + handshake.url.length)
})

test('the headers of a handshake record are not changed by who reads them', () => {
  const record = new HandshakeRecord(handshake)
  record.headers['cookie'] = 'b=2'
  expect(record.headers).toEqual(handshake.headers)
})

test('the time of a handshake record is not changed by who reads it', () => {
  const record = new HandshakeRecord(handshake)
  record.time.setTime(1)
  expect(record.time).toEqual(handshake.time)
})

test('another authorization changes that header alone', () => {
  const first = withAuthorization(new HandshakeRecord(handshake), 'Bearer 1') as HandshakeRecord
  const second = withAuthorization(first, 'Bearer 2') as HandshakeRecord
  expect(read(second)).toEqual({ ...handshake, headers: { ...handshake.headers, authorization: 'Bearer 2' } })
})
