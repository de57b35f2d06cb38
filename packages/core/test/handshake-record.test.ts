import { HandshakeRecord, withAuthorization } from '../src/admission/handshake-record.js'

// What a connection keeps of its handshake request.

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

test('a handshake record has the method, URL, headers and address of the request', () => {
  expect(read(new HandshakeRecord(handshake))).toEqual(handshake)
})

test('a handshake record counts the bytes of its headers and of its URL', () => {
  const names = 'host\0example.comcookie\0a=1'
  expect(new HandshakeRecord(handshake).bytes).toBe(names.length + handshake.url.length)
})

test('headers of one handshake record are not taken for those of another with as many headers of the same kind', () => {
  const all = [{ host: 'a.example' }, { origin: 'https://b.example' }, { host: 'c.example' }, { host: 'c.example' }]
  const records = all.map((headers) => new HandshakeRecord({ ...handshake, headers }))
  expect(records.map(({ headers }) => headers)).toEqual(all)
})

test('changing the headers that a handshake record returns does not change the record', () => {
  const record = new HandshakeRecord(handshake)
  record.headers['cookie'] = 'b=2'
  expect(record.headers).toEqual(handshake.headers)
})

test('changing the date that a handshake record returns does not change the record', () => {
  const record = new HandshakeRecord(handshake)
  record.time.setTime(1)
  expect(record.time).toEqual(handshake.time)
})

test('another authorization changes only the header Authorization', () => {
  const first = withAuthorization(new HandshakeRecord(handshake), 'Bearer 1') as HandshakeRecord
  const second = withAuthorization(first, 'Bearer 2') as HandshakeRecord
  expect(read(second)).toEqual({ ...handshake, headers: { ...handshake.headers, authorization: 'Bearer 2' } })
})
