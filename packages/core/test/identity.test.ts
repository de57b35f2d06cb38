import { runInNewContext } from 'node:vm'
import { checkIdentity } from '../src/admission/identity.js'

// What an app's describe() may return.

const MOMENT = Date.UTC(2000)

test.each<[unknown]>([
  [{}],
  [Object.create(null)],
  [runInNewContext('({ user: "ann" })')],
  [{ user: 'ann', session: 's', rooms: [], expiresAt: MOMENT, data: null }],
  [{ user: undefined, session: undefined, rooms: ['a', 'b'], expiresAt: new Date(MOMENT), data: 7 }],
])('describe() may return %j', (identity) => {
  expect(checkIdentity(identity)).toEqual(Object.assign({}, identity))
})

test.each<[unknown, string]>([
  [undefined, 'undefined'],
  [null, 'null'],
  ['ann', 'a string'],
  [() => {}, 'a function'],
  [[], 'an array'],
  [Object.create({}), 'an object'],
  [new Date(), 'a Date'],
])('describe() must not return %p', (value, kind) => {
  expect(() => checkIdentity(value)).toThrow(
    expect.objectContaining({
      code: 'invalid_description',
      message: `describe() must return a plain object, not ${kind}.`,
    }),
  )
})

test('an unknown property of describe() is named with the known ones', () => {
  expect(() => checkIdentity({ user: 'ann', name: 'Ann' })).toThrow(
    'describe() returned the unknown property "name"; known are: user, data, rooms, expiresAt, session, presence.',
  )
})

const TIME = 'milliseconds since 1970, such as exp * 1000, or a Date, after the year 2000'

test.each<[object, string, string]>([
  [{ user: '' }, 'user', 'a non-empty string, not an empty string'],
  [{ user: 7 }, 'user', 'a non-empty string, not a number'],
  [{ session: '' }, 'session', 'a non-empty string, not an empty string'],
  [{ session: ['s'] }, 'session', 'a non-empty string, not an array'],
  [{ rooms: 'a' }, 'rooms', 'an array of strings, not a string'],
  [{ rooms: ['a', 7] }, 'rooms', 'an array of strings, not an array'],
  [{ rooms: { every: () => true } }, 'rooms', 'an array of strings, not an object'],
  [{ expiresAt: MOMENT / 1000 }, 'expiresAt', `${TIME}, not 946684800 (seconds?).`],
  [{ expiresAt: MOMENT - 1 }, 'expiresAt', `${TIME}, not 946684799999 (seconds?).`],
  [{ expiresAt: 3600 }, 'expiresAt', `${TIME}, not 3600.`],
  [{ expiresAt: new Date(MOMENT - 1) }, 'expiresAt', `${TIME}, not 1999-12-31T23:59:59.999Z.`],
  [{ expiresAt: new Date(NaN) }, 'expiresAt', `${TIME}, not an invalid Date.`],
  [{ expiresAt: Infinity }, 'expiresAt', `${TIME}, not Infinity.`],
  [{ expiresAt: NaN }, 'expiresAt', `${TIME}, not NaN.`],
  [{ expiresAt: String(Date.now()) }, 'expiresAt', `${TIME}, not a string`],
])('describe() must not return %j', (identity, key, sentence) => {
  expect(() => checkIdentity(identity)).toThrow(`The property ${key} that describe() returned must be ${sentence}`)
})

test('a property of describe() that is a promise is explained', () => {
  expect(() => checkIdentity({ user: Promise.resolve('ann') })).toThrow(
    'The property user that describe() returned is a promise: await it.',
  )
})

test('a presence of describe() becomes JSON text, and one without a JSON form is named', () => {
  expect(checkIdentity({ presence: { name: 'Ann' } })).toEqual({ presence: '{"name":"Ann"}' })
  expect(() => checkIdentity({ presence: 1n })).toThrow(
    expect.objectContaining({
      code: 'invalid_description',
      message: expect.stringMatching(/^The property presence that describe\(\) returned is wrong\. .*[^.]\.$/),
    }),
  )
})
