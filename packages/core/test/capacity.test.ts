import { Capacity, networkOf } from '../src/admission/capacity.js'
import { TokenBucket } from '../src/connection/token-bucket.js'

const takes = (bucket: TokenBucket, now: number): number => {
  let count = 0
  while (bucket.take(now)) count += 1
  return count
}

describe('networkOf', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:c000:0201', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['fe80::2%en1', 'fe80:0:0:0::/64'],
    ['', ''],
    ['unknown', 'unknown'],
    ['192.0.2.1:1234', '192.0.2.1'],
    [' 192.0.2.1 ', '192.0.2.1'],
    [' 2001:db8:1:2::7 ', '2001:db8:1:2::/64'],
    ['2001::2:3:4:5:6:7', '2001:0:2:3::/64'],
    ['[2001:db8:1:2::7]:40000', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::7]', '2001:db8:1:2::/64'],
    ['[fe80::1%eth0]:80', 'fe80:0:0:0::/64'],
    ['[::ffff:192.0.2.1]:80', '192.0.2.1'],
    ['192.0.2.1%x:80', '192.0.2.1'],
  ])('%s counts for %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

describe('a capacity', () => {
  const open = { maxConnections: Infinity, maxConnectionsPerUser: Infinity, maxConnectionsPerAddress: Infinity }

  test('a capacity has its number of slots, and releasing a slot twice frees one', () => {
    const capacity = new Capacity({ ...open, maxConnections: 2 })
    const place = capacity.reserve(undefined, 'a')
    capacity.reserve(undefined, 'b')
    expect(() => capacity.reserve(undefined, 'c')).toThrow(expect.objectContaining({ code: 'hub_full', status: 503 }))
    place.release()
    place.release()
    expect(capacity.taken).toBe(1)
    capacity.reserve(undefined, 'c')
    expect(() => capacity.reserve(undefined, 'd')).toThrow(/no room/)
  })

  test('a slot that a connection keeps is free once the connection leaves, and not when it is released', () => {
    const capacity = new Capacity({ ...open, maxConnectionsPerUser: 1, maxConnectionsPerAddress: 1 })
    const place = capacity.reserve('ann', '2001:db8::1')
    place.keep()
    place.release()
    expect({ taken: capacity.taken, names: capacity.names }).toEqual({ taken: 1, names: 2 })
    capacity.leave('ann', '2001:db8::1')
    expect({ taken: capacity.taken, names: capacity.names }).toEqual({ taken: 0, names: 0 })
  })

  test('a capacity counts a user over all addresses, and does not count connections without a user together', () => {
    const capacity = new Capacity({ ...open, maxConnectionsPerUser: 1 })
    const place = capacity.reserve('__proto__', 'a')
    const tooMany = expect.objectContaining({ code: 'too_many_connections', status: 429 })
    expect(() => capacity.reserve('__proto__', 'b')).toThrow(tooMany)
    capacity.reserve('constructor', 'a')
    capacity.reserve(undefined, 'a')
    capacity.reserve(undefined, 'a')
    place.release()
    capacity.reserve('__proto__', 'b')
  })

  test('a capacity counts an address in every spelling, and a /64 as one', () => {
    const capacity = new Capacity({ ...open, maxConnectionsPerAddress: 1 })
    capacity.reserve(undefined, '192.0.2.1')
    expect(() => capacity.reserve(undefined, '::ffff:192.0.2.1')).toThrow(/address/)
    capacity.reserve(undefined, '2001:db8::1')
    expect(() => capacity.reserve(undefined, '2001:db8::ffff')).toThrow(/address/)
    capacity.reserve(undefined, '2001:db8:0:1::1')
  })

  test('a capacity keeps only the names that hold a slot', () => {
    const capacity = new Capacity({ ...open, maxConnectionsPerUser: 1, maxConnectionsPerAddress: 1 })
    for (let n = 0; n < 10_000; n += 1) {
      const place = capacity.reserve(`user ${n}`, `2001:db8:0:${n.toString(16)}::1`)
      expect(capacity.names).toBe(2)
      place.release()
    }
    const place = capacity.reserve('ann', '192.0.2.1')
    for (let n = 0; n < 1000; n += 1) {
      expect(() => capacity.reserve('ann', `10.0.0.${n}`)).toThrow(/this user/)
      expect(() => capacity.reserve(`user ${n}`, '192.0.2.1')).toThrow(/this address/)
    }
    expect([capacity.names, capacity.taken]).toEqual([2, 1])
    place.release()
    expect([capacity.names, capacity.taken]).toEqual([0, 0])
  })

  test('a capacity without limits per name keeps no names', () => {
    const capacity = new Capacity(open)
    for (let n = 0; n < 1000; n += 1) capacity.reserve(`${n}`, `${n}`)
    expect([capacity.names, capacity.taken]).toEqual([0, 1000])
  })

  test('a capacity with a limit per user keeps no name of a connection without a user', () => {
    const capacity = new Capacity({ ...open, maxConnectionsPerUser: 1 })
    capacity.reserve(undefined, 'a')
    expect([capacity.names, capacity.taken]).toEqual([0, 1])
  })

  test('a refused handshake takes no slot of a capacity', () => {
    const capacity = new Capacity({ ...open, maxConnectionsPerUser: 1 })
    capacity.reserve('ann', 'a')
    expect(() => capacity.reserve('ann', 'a')).toThrow(/user/)
    expect(capacity.taken).toBe(1)
  })
})

describe('a token bucket', () => {
  const rate = { perSecond: 10, burst: 3 }

  test('a token bucket is full at first and never holds more than its burst', () => {
    const bucket = new TokenBucket(rate, 1000)
    expect(takes(bucket, 1000)).toBe(3)
    expect(takes(bucket, 1_000_000)).toBe(3)
  })

  test('a token bucket fills as time passes, also by fractions', () => {
    const bucket = new TokenBucket(rate, 0)
    takes(bucket, 0)
    expect(bucket.take(99)).toBe(false)
    expect(bucket.take(100)).toBe(true)
    expect(bucket.take(150)).toBe(false)
    expect(bucket.take(200)).toBe(true)
    expect(takes(bucket, 400)).toBe(2)
  })

  test('a token bucket supports a rate below one a second', () => {
    const bucket = new TokenBucket({ perSecond: 0.5, burst: 1 }, 0)
    expect([bucket.take(0), bucket.take(1999), bucket.take(2000), bucket.take(2001)]).toEqual([
      true,
      false,
      true,
      false,
    ])
  })
})
