import { getHeapStatistics } from 'node:v8'
import { DEFAULT_LIMITS, Hub, type HubOptions } from '../src/index.js'
import { resolveOptions } from '../src/api/hub-settings.js'

type Wrong = [path: string, values: unknown[]]

const NO_FUNCTIONS = ['x', 1, {}, true]
const NO_OBJECTS = ['x', 1, true]
const NO_COUNTS = [0, -1, 1.5, NaN, '5', true, {}]
const NO_TIMES = [-1, NaN, '5', true, {}, -Infinity]

const WRONG: Wrong[] = [
  ['name', ['', 1, {}, []]],
  ['router', [{}, 'x', 1, { dispatch: 1 }]],
  ['onOpen', NO_FUNCTIONS],
  ['onClose', NO_FUNCTIONS],
  ['onJoin', NO_FUNCTIONS],
  ['onLeave', NO_FUNCTIONS],
  ['onMessage', NO_FUNCTIONS],
  ['onText', NO_FUNCTIONS],
  ['onBinary', NO_FUNCTIONS],
  ['onError', NO_FUNCTIONS],
  ['heartbeat', NO_OBJECTS],
  ['heartbeat.pingInterval', [...NO_TIMES, 0, 9, Infinity]],
  ['heartbeat.pongTimeout', [...NO_TIMES, 0, 9, Infinity]],
  ['limits', NO_OBJECTS],
  ['limits.maxMessageSize', [...NO_COUNTS, Infinity]],
  ['limits.maxBufferedBytes', [...NO_COUNTS, Infinity]],
  ['limits.slowConsumer', ['', 'Close', 1, true]],
  ['limits.maxConnectionBytes', NO_COUNTS],
  ['limits.maxHubBytes', NO_COUNTS],
  ['limits.maxConnections', NO_COUNTS],
  ['limits.maxConnectionsPerUser', NO_COUNTS],
  ['limits.maxConnectionsPerAddress', NO_COUNTS],
  ['limits.maxRoomsPerConnection', NO_COUNTS],
  ['limits.maxRoomNameLength', NO_COUNTS],
  [
    'limits.messageRate',
    [5, 'x', {}, { perSecond: 1 }, { burst: 1 }, { perSecond: 0, burst: 1 }, { perSecond: 1, burst: 0 }],
  ],
  [
    'limits.messageRate',
    [
      { perSecond: NaN, burst: 1 },
      { perSecond: '1', burst: 1 },
      { perSecond: 1, burst: 1, cost: 1 },
      { perSecond: 1, burst: 1, cost: { perByte: -1 } },
      { perSecond: 1, burst: 1, cost: { perRecipient: '1' } },
    ],
  ],
  ['limits.concurrency', NO_COUNTS],
  ['limits.maxStreams', NO_COUNTS],
  ['limits.writeTimeout', [...NO_TIMES, 0]],
  ['limits.openTimeout', [...NO_TIMES, 0]],
  ['limits.handlerTimeout', [...NO_TIMES, 0]],
  ['limits.authorizeTimeout', [...NO_TIMES, 0, Infinity]],
  ['limits.idleTimeout', [...NO_TIMES, 0]],
  ['limits.closeTimeout', [...NO_TIMES, 0, Infinity]],
  ['compression', ['x', 1]],
  ['compression.threshold', [-1, 1.5, NaN, '5', Infinity]],
  ['compression.level', [-1, 1.5, NaN, '5', 10, 100]],
  ['batch', NO_OBJECTS],
  ['batch.window', [...NO_TIMES, Infinity]],
  ['broker', [{}, 'x', 1, { connect() {}, subscribe() {}, unsubscribe() {}, publish() {} }]],
]

describe.each(WRONG)('%s', (path, values) => {
  test.each([...values, null].map((value) => [value]))('an option is not %p', (value) => {
    const message = messageOf(set(path, value))
    expect(message).toMatch(new RegExp(`^The option ${path.replace('.', '\\.')}(\\.\\w+)* must be .+, not .+\\.$`, 's'))
    expect(message).toContain(typeof value === 'object' ? ', not ' : String(value as number))
  })

  test('undefined means the default', () => {
    expect(comparable(set(path, undefined))).toEqual(comparable({}))
  })
})

const EXPECTED: Record<string, string> = {
  name: 'a non-empty string',
  router: 'an object with dispatch',
  onOpen: 'a function',
  onClose: 'a function',
  onJoin: 'a function',
  onLeave: 'a function',
  onMessage: 'a function',
  onText: 'a function',
  onBinary: 'a function',
  onError: 'a function',
  heartbeat: 'an object',
  'heartbeat.pingInterval': 'a number from 10 to 2147483647 (ms)',
  'heartbeat.pongTimeout': 'a number from 10 to 2147483647 (ms)',
  revalidate: '{ every, check } of a number from 10 (ms) and, if it is there, a function',
  limits: 'an object',
  'limits.maxMessageSize': 'a whole number from 1 to 2147483647 (bytes)',
  'limits.maxBufferedBytes': 'a whole number from 1 to 2147483647 (bytes)',
  'limits.slowConsumer': "'close' or 'drop'",
  'limits.maxConnectionBytes': 'a whole number of at least 1 (bytes) or Infinity',
  'limits.maxHubBytes': 'a whole number of at least 1 (bytes) or Infinity',
  'limits.maxConnections': 'a whole number of at least 1 (connections) or Infinity',
  'limits.maxConnectionsPerUser': 'a whole number of at least 1 (connections) or Infinity',
  'limits.maxConnectionsPerAddress': 'a whole number of at least 1 (connections) or Infinity',
  'limits.maxRoomsPerConnection': 'a whole number of at least 1 (rooms) or Infinity',
  'limits.maxRoomNameLength': 'a whole number of at least 1 (characters) or Infinity',
  'limits.messageRate': '{ perSecond, burst } of numbers, perSecond above 0 and burst at least 1',
  'limits.concurrency': 'a whole number of at least 1 (handlers) or Infinity',
  'limits.maxStreams': 'a whole number of at least 1 (streams) or Infinity',
  'limits.writeTimeout': 'a number of at least 1 (ms) or Infinity',
  'limits.openTimeout': 'a number of at least 1 (ms) or Infinity',
  'limits.handlerTimeout': 'a number of at least 1 (ms) or Infinity',
  'limits.authorizeTimeout': 'a number from 1 to 2147483647 (ms)',
  'limits.idleTimeout': 'a number of at least 1 (ms) or Infinity',
  'limits.closeTimeout': 'a number from 1 to 2147483647 (ms)',
  compression: 'true or false or an object',
  'compression.threshold': 'a whole number from 0 to 2147483647 (bytes)',
  'compression.level': 'a whole number from 0 to 9',
  batch: 'an object',
  health: 'an object',
  'health.requireBroker': 'true or false',
  warnings: 'true or false',
  'batch.window': 'a number from 0 to 2147483647 (ms)',
  broker: 'an object with connect, subscribe, unsubscribe, publish, close',
}

test.each(Object.entries(EXPECTED))('%s must be %s, which the message says with its unit', (path, what) => {
  expect(messageOf(set(path, 'wrong'))).toBe(
    path === 'name' ? 'nothing was thrown' : `The option ${path} must be ${what}, not 'wrong'.`,
  )
  expect(messageOf(set(path, 5n))).toBe(`The option ${path} must be ${what}, not 5n.`)
})

test.each(['name', 'heartbeat.pingInterval', 'limits.maxMessageSize', 'compression.level', 'batch.window'])(
  '%s is listed among the known options',
  (path) => {
    const known = Object.keys(EXPECTED).filter((one) => one.split('.').length === path.split('.').length)
    const siblings = known.filter((one) => path.split('.').length === 1 || one.split('.')[0] === path.split('.')[0])
    const unknown = path.replace(/\w+$/, 'unknown')
    expect(messageOf(set(unknown, 1))).toBe(
      `There is no option ${unknown}; known are: ${siblings.map((one) => one.split('.').at(-1)).join(', ')}.`,
    )
  },
)

test.each([
  ['onMesage', set('onMesage', () => {}), 'onMessage'],
  ['limits.maxMesageSize', set('limits.maxMesageSize', 1), 'maxMessageSize'],
  ['heartbeat.interval', set('heartbeat.interval', 1), 'pingInterval'],
  ['compression.treshold', set('compression.treshold', 1), 'threshold'],
  ['batch.windows', set('batch.windows', 1), 'window'],
  ['limits.messageRate.perMinute', set('limits.messageRate', { perSecond: 1, burst: 1, perMinute: 1 }), 'perSecond'],
  ['constructor', set('constructor', 1), 'name'],
  ['__proto__', JSON.parse('{"__proto__":1}') as HubOptions, 'name'],
])('%s does not exist, and the message says what does', (name, options, known) => {
  const message = messageOf(options)
  expect(message).toContain(name.split('.').at(-1))
  expect(message).toContain(known)
})

test.each([[null], [1], ['x'], [true]])('the options are not %p', (options) => {
  expect(messageOf(options as never)).toBe(
    `The options must be an object, not ${typeof options === 'string' ? "'x'" : String(options)}.`,
  )
})

test.each([
  ['maxConnections', Infinity],
  ['idleTimeout', Infinity],
  ['openTimeout', 1],
  ['concurrency', 64],
  ['slowConsumer', 'drop'],
])('limits.%s may be %p, and the other limits keep their defaults', (name, value) => {
  expect(resolveOptions({ limits: { [name]: value } }).limits).toEqual({ ...DEFAULT_LIMITS, [name]: value })
})

test('the defaults are what the documentation says', () => {
  expect(comparable({})).toEqual({
    name: 'hub',
    heartbeat: { pingInterval: 20_000, pongTimeout: 10_000 },
    limits: {
      maxMessageSize: 262_144,
      maxBufferedBytes: 1_048_576,
      slowConsumer: 'close',
      maxConnectionBytes: 1_048_576,
      maxHubBytes: Math.floor(getHeapStatistics().heap_size_limit / 4),
      maxConnections: Infinity,
      maxConnectionsPerUser: Infinity,
      maxConnectionsPerAddress: Infinity,
      maxRoomsPerConnection: 128,
      maxRoomNameLength: 200,
      messageRate: undefined,
      concurrency: 1,
      maxStreams: 16,
      writeTimeout: 10_000,
      openTimeout: 10_000,
      handlerTimeout: Infinity,
      authorizeTimeout: 10_000,
      idleTimeout: Infinity,
      closeTimeout: 10_000,
    },
    batch: { window: 0 },
    compression: undefined,
  })
})

test('compression options that are omitted get their defaults', () => {
  expect(resolveOptions({ compression: true }).compression).toEqual({ threshold: 1024, level: 6 })
  expect(resolveOptions({ compression: { level: 0 } }).compression).toEqual({ threshold: 1024, level: 0 })
})

test.each([0, 9])('compression.level %i works', (level) => {
  expect(() => new Hub({ compression: { threshold: 0, level } })).not.toThrow()
})

function set(path: string, value: unknown): HubOptions {
  const [outer, inner] = path.split('.') as [string, string?]
  return { [outer]: inner === undefined ? value : { [inner]: value } }
}

function messageOf(options: HubOptions): string {
  try {
    void new Hub(options)
  } catch (error) {
    return error instanceof TypeError ? error.message : `no TypeError: ${String(error)}`
  }
  return 'nothing was thrown'
}

/** The resolved options in a comparable form. An empty inner object turns compression on. */
function comparable(options: HubOptions): object {
  const { name, heartbeat, limits, batch, compression } = resolveOptions(options)
  const asked = typeof options.compression === 'object'
  return { name, heartbeat, limits, batch, compression: asked && compression?.level === 6 ? undefined : compression }
}
