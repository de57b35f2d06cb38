import { faultLasts, underLoad } from './durations.js'
import type { Fault } from './scenario.js'
import { Evictions } from './evictions.js'
import { single } from './stores.js'
import type { World } from './world.js'

const flushed: Fault = {
  name: 'FLUSHALL',
  async strike(world) {
    await world.leave()
    await world.reader.everywhere('SET', 'nemesis', 'was here')
    await world.harm(() => world.reader.everywhere('FLUSHALL'))
    world.signs['keys gone'] = !(await world.reader.keys()).includes('nemesis')
    await underLoad(100)
  },
}

/** Deletes some of the keys of every room: the head, the stream, or both, and those of presence. */
const deleted: Fault = {
  name: 'keys are deleted',
  async strike(world) {
    await world.leave()
    const keys = (await world.reader.keys()).filter((key) => key.includes('room/') && world.random.chance(0.6))
    await world.harm(async () => {
      for (const key of keys) {
        const [gone] = await world.reader.everywhere('DEL', key)
        world.signs['keys deleted'] = Number(world.signs['keys deleted'] ?? 0) + Number(gone)
      }
    })
    await underLoad(100)
  },
}

const evicted: Fault = {
  name: 'Redis evicts keys',
  async strike(world) {
    const { reader } = world.store
    const { redis } = single(world.store)
    await world.leave()
    const evictions = await Evictions.of(redis.url)
    await reader.everywhere('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random')
    await world.harm(() => reader.everywhere('CONFIG', 'SET', 'maxmemory', '1mb'))
    await faultLasts(150)
    await reader.everywhere('CONFIG', 'SET', 'maxmemory', '0')
    world.signs['keys of rooms evicted'] = evictions.count
    world.outages = evictions.outages
    await evictions.close()
  },
}

const killed: Fault = {
  name: 'Redis is killed and comes back empty',
  async strike(world) {
    const { redis } = single(world.store)
    await world.leave()
    const before = await runId(world)
    await world.harm(() => redis.kill())
    await faultLasts(world.timeout)
    await world.harm(() => redis.start())
    world.signs['another process'] = (await runId(world)) !== before
    await underLoad(100)
  },
}

async function runId(world: World): Promise<string> {
  return (await single(world.store).redis.command('INFO', 'server')).match(/run_id:(\w+)/)?.[1] ?? ''
}

/** The store loses data. */
export const LOSSES: readonly Fault[] = [flushed, deleted, evicted, killed]
