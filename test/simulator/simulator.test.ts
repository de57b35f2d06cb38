import crypto from 'node:crypto'
import { Random } from '../support/random.js'
import { scale } from '../support/scale.js'
import { type Coverage, noCoverage } from './network.js'
import { type Schedule, scheduleOf, shrink } from './schedule.js'
import { type Outcome, Simulation } from './world.js'

// Real hubs over a virtual clock: nothing here waits for real time.

const FIRST = Number(process.env['SIMULATE_SEED'] ?? 1)
const COUNT = Number(process.env['SIMULATE_SCHEDULES'] ?? scale(60, 6))
const real = { setImmediate }

/** Runs everything that needs no time. */
async function settle(): Promise<void> {
  for (let round = 0; round < 8; round += 1) await new Promise((resolve) => real.setImmediate(resolve))
}

async function pass(ms: number): Promise<void> {
  const end = Date.now() + ms
  await settle()
  while (Date.now() < end) {
    jest.advanceTimersByTime(Math.min(4, end - Date.now()))
    await settle()
  }
}

/** Ids and delays depend on the seed, too, so that a failing schedule can be repeated. */
function seedRandomness(seed: number): void {
  const random = new Random(seed)
  jest.spyOn(Math, 'random').mockImplementation(() => random.next())
  const bytes = (size: number): Buffer => Buffer.from(Array.from({ length: size }, () => random.below(256)))
  jest.spyOn(crypto, 'randomBytes').mockImplementation(bytes)
  const uuid = (): ReturnType<typeof crypto.randomUUID> =>
    `${bytes(4).toString('hex')}-0-0-0-${bytes(6).toString('hex')}`
  jest.spyOn(crypto, 'randomUUID').mockImplementation(uuid)
}

async function simulate(schedule: Schedule): Promise<Outcome> {
  seedRandomness(schedule.seed)
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask'],
    now: 1_800_000_000_000,
  })
  try {
    return await new Simulation(schedule).run(pass)
  } finally {
    jest.clearAllTimers()
    jest.useRealTimers()
    jest.restoreAllMocks()
  }
}

async function explain(schedule: Schedule): Promise<string> {
  const { seed, actions } = await shrink(schedule, async (smaller) => (await simulate(smaller)).problems.length > 0)
  const { problems } = await simulate({ seed, actions })
  return `seed ${seed} fails: ${problems.slice(0, 5).join('; ')}\n${actions.map((action) => JSON.stringify(action)).join('\n')}`
}

test(`after ${COUNT} schedules of faults each client gets later messages, has true presence, and got each message or a gap`, async () => {
  const seen = noCoverage()
  const failures: string[] = []
  for (let seed = FIRST; seed < FIRST + COUNT && failures.length < 1; seed += 1) {
    const { problems, coverage } = await simulate(scheduleOf(seed))
    for (const name of Object.keys(seen) as (keyof Coverage)[]) seen[name] += coverage[name] > 0 ? 1 : 0
    if (problems.length > 0) failures.push(await explain(scheduleOf(seed)))
  }
  expect(failures).toEqual([])
  // Coverage is checked only for enough schedules, because a fault may be missing by chance.
  const least = COUNT >= 40 ? COUNT * 0.05 : 0
  expect(Object.entries(seen).filter(([, count]) => count < least)).toEqual([])
}, 3_600_000)
