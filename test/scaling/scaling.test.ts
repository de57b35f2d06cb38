import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { hasRedis } from '../support/redis.js'

// The simulation of many servers, held against three real ones: what docs/internals/scaling.md calculates with has to be what happens.

const FOLDER = join(__dirname, '../../bench/scaling')

interface Counts {
  readonly published: number[]
  readonly received: number[]
  readonly delivered: number[]
  readonly topics: number[]
  readonly redis: Record<string, number>
}

interface Real extends Counts {
  /** What Redis says that each server listens to, the busiest first. */
  readonly subscribed: number[]
  /** What Redis was asked to do, by command. */
  readonly calls: Record<string, number>
}

async function output(script: string, ...args: string[]): Promise<string> {
  const { NODE_OPTIONS: _, ...env } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, [join(FOLDER, script), ...args], { env })
  return stdout
}

const suite = hasRedis() ? describe : describe.skip

suite('three real servers and a Redis', () => {
  let cases: Record<string, { readonly model: Counts; readonly real: Real }>

  const caseOf = (name: string): { readonly model: Counts; readonly real: Real } => {
    const found = cases[name]
    if (!found) throw new Error(`There is no case ${name}.`)
    return found
  }

  beforeAll(async () => {
    cases = JSON.parse(await output('check.js', '--json')) as typeof cases
  }, 120_000)

  test.each(['any server, a few big rooms', 'a server for each room', 'least connections, rooms that remember'])(
    'count as the simulation says: %s',
    (name) => {
      const { model, real } = caseOf(name)
      const { published, received, delivered, topics } = real
      expect({ published, received, delivered, topics }).toEqual({
        published: model.published,
        received: model.received,
        delivered: model.delivered,
        topics: model.topics,
      })
      expect(real.subscribed).toEqual(model.topics.toSorted((a, b) => b - a))
      expect(real.redis['publishes']).toBe(model.redis['publishes'])
    },
  )

  test.each(['any server, a few big rooms', 'a server for each room'])(
    'the simulation counts the same messages and bytes as three real servers: %s',
    (name) => {
      const { model, real } = caseOf(name)
      expect(real.redis).toEqual({
        publishes: model.redis['publishes'],
        bytesIn: model.redis['bytesIn'],
        bytesOut: model.redis['bytesOut'],
      })
      // A message is one command.
      expect(real.calls).toEqual({ spublish: model.redis['publishes'] })
    },
  )

  test('a message of a room with history costs one script and reaches every subscribed server', () => {
    const { model, real } = caseOf('least connections, rooms that remember')
    expect(real.calls).toMatchObject({ evalsha: model.redis['publishes'], xadd: model.redis['publishes'] })
    expect(real.received.reduce((sum, count) => sum + count)).toBe(model.redis['copies'])
  })

  test('no message reaches another server if all members of a room are on one', () => {
    const { real } = caseOf('a server for each room')
    expect(real.received).toEqual([0, 0, 0])
    expect(real.published.reduce((sum, count) => sum + count)).toBe(150)
  })
})

interface Simulated {
  readonly servers: Record<string, number>[]
  readonly redis: Record<string, number>
}

async function simulate(...args: string[]): Promise<Simulated> {
  return JSON.parse(await output('simulate.js', '--json', ...args)) as Simulated
}

describe('the simulation', () => {
  const small = [
    '--servers',
    '3',
    '--connections',
    '40',
    '--rooms',
    '15',
    '--rooms-each',
    '2',
    '--exponent',
    '1',
    '--anonymous',
  ]

  test('the simulation gives equal results for equal seeds and different ones for others', async () => {
    const [one, again, other] = await Promise.all([
      simulate(...small, '--seed', '7'),
      simulate(...small, '--seed', '7'),
      simulate(...small, '--seed', '8'),
    ])
    expect(again).toEqual(one)
    expect(other).not.toEqual(one)
  })

  test('the expected rate equals the count of one message from each member in each room', async () => {
    const { servers, redis, counted } = (await simulate(...small, '--messages', '80', '--count')) as Simulated & {
      readonly counted: Counts
    }
    for (const what of ['published', 'received', 'delivered', 'topics'] as const) {
      servers.forEach((server, index) => expect(server[what]).toBeCloseTo(counted[what][index] ?? NaN, 6))
    }
    for (const what of ['publishes', 'copies', 'bytesIn', 'bytesOut']) {
      expect(redis[what]).toBeCloseTo(counted.redis[what] ?? NaN, 6)
    }
  })

  test('the simulation rejects impossible options with a sentence', async () => {
    await expect(output('simulate.js', '--placement', 'nowhere')).rejects.toThrow(/no placement nowhere/)
    await expect(output('simulate.js', '--servers', '0')).rejects.toThrow(/--servers takes a whole number/)
  })
})
