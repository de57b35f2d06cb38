import { NO_EXCEPTIONS } from '../src/rooms/address.js'
import { Revocations } from '../src/admission/revocations.js'

let now = 1000
const clock = (): number => now
const user = (...names: string[]) => ({ scope: 'user', names, except: NO_EXCEPTIONS }) as const
const session = (...names: string[]) => ({ scope: 'session', names, except: NO_EXCEPTIONS }) as const

const revoked = { code: 'revoked', status: 401 }
const tooOld = { code: 'handshake_too_old', status: 503 }

beforeEach(() => {
  now = 1000
})

test('a revocation refuses handshakes that had begun and accepts later ones', () => {
  const revocations = new Revocations(clock)
  revocations.add(user('ann'), 4401)
  expect(revocations.against({ user: 'ann' }, 999)).toMatchObject(revoked)
  expect(revocations.against({ user: 'ann' }, 1000)).toMatchObject(revoked)
  expect(revocations.against({ user: 'ann' }, 1000.001)).toBeUndefined()
  expect(revocations.against({ user: 'bob' }, 0)).toBeUndefined()
  expect(revocations.against({}, 0)).toBeUndefined()
})

test('a revoked session does not revoke a user of the same name', () => {
  const revocations = new Revocations(clock)
  revocations.add(session('x', '__proto__'), 4401)
  expect(revocations.against({ user: 'x' }, 0)).toBeUndefined()
  expect(revocations.against({ user: 'x', session: 'x' }, 0)).toMatchObject(revoked)
  expect(revocations.against({ session: '__proto__' }, 0)).toMatchObject(revoked)
})

test.each([4400, 4401, 4403, 4404])('a disconnect of a user with %i revokes its pending handshakes', (code) => {
  const revocations = new Revocations(clock)
  revocations.add(user('ann'), code)
  expect(revocations.against({ user: 'ann' }, 0)).toMatchObject(revoked)
})

test.each([1000, 1001, 1012, 4000, 4408, 4409, 4425, 4429])(
  'a disconnect of a user with %i revokes no handshake',
  (code) => {
    const revocations = new Revocations(clock)
    revocations.add(user('ann'), code)
    expect(revocations.against({ user: 'ann' }, 0)).toBeUndefined()
    expect(revocations.size).toBe(0)
  },
)

test('a disconnect of a room or of the hub revokes no handshake', () => {
  const revocations = new Revocations(clock)
  revocations.add({ scope: 'room', names: ['a'], except: NO_EXCEPTIONS }, 4401)
  revocations.add({ scope: 'hub', names: [''], except: NO_EXCEPTIONS }, 4401)
  expect(revocations.size).toBe(0)
})

test('revocations are remembered for a minute, and an older handshake is refused with 503', () => {
  const revocations = new Revocations(clock)
  revocations.add(user('ann'), 4401)
  now += 30_000
  revocations.add(user('bob'), 4401)
  now += 30_000
  expect(revocations.against({ user: 'ann' }, 1000)).toMatchObject(revoked)
  now += 1
  expect(revocations.against({ user: 'ann' }, 1000)).toMatchObject(tooOld)
  expect(revocations.against({}, 500)).toMatchObject(tooOld)
  expect(revocations.against({ user: 'ann' }, 1001)).toBeUndefined()
  expect(revocations.against({ user: 'bob' }, 1001)).toMatchObject(revoked)
  expect(revocations.size).toBe(1)
})

test('a second revocation of a user is remembered for a minute from then on', () => {
  const revocations = new Revocations(clock)
  revocations.add(user('ann'), 4401)
  revocations.add(user('bob'), 4401)
  now += 50_000
  revocations.add(user('ann'), 4401)
  now += 20_000
  expect(revocations.against({ user: 'ann' }, 40_000)).toMatchObject(revoked)
  expect(revocations.size).toBe(1)
})

test('at most 10,000 revocations are remembered, and handshakes older than a forgotten one are refused', () => {
  const revocations = new Revocations(clock)
  for (let n = 0; n < 10_000; n += 1) {
    now += 0.001
    revocations.add(session(`${n}`), 4401)
  }
  expect(revocations.against({ session: '0' }, 1000)).toMatchObject(revoked)
  expect(revocations.against({ session: 'x' }, 1000)).toBeUndefined()
  now += 0.001
  revocations.add(session('one more'), 4401)
  expect(revocations.size).toBe(10_000)
  expect(revocations.against({ session: '0' }, 1000)).toMatchObject(tooOld)
  expect(revocations.against({ session: 'x' }, 1000)).toMatchObject(tooOld)
  expect(revocations.against({ session: '1' }, 1000)).toMatchObject(revoked)
  expect(revocations.against({ session: 'x' }, now)).toBeUndefined()
})
