import { RedisServer } from '../../support/redis.js'
import { until } from '../../support/wait.js'
import { underLoad } from './durations.js'
import { hang } from './hangs.js'
import type { Fault } from './scenario.js'
import { single } from './stores.js'
import { ROOMS, World } from './world.js'

const [ROOM = ''] = ROOMS

async function read(world: World): Promise<{ readonly offset: number; readonly epoch: string }> {
  const { entries, epoch } = await world.reader.stream(ROOM)
  return { offset: entries.at(-1)?.offset ?? 0, epoch }
}

/** Kills Redis and starts it from its last saved file, before any server reaches it again. */
async function restore(world: World, differs: 'offset' | 'epoch'): Promise<void> {
  const { redis, proxies } = single(world.store)
  await world.leave()
  await underLoad(100)
  const before = await read(world)
  for (const proxy of proxies) proxy.cut()
  await world.harm(() => redis.kill())
  await world.harm(() => redis.start())
  const after = await read(world)
  world.signs['head is behind'] = after.offset < before.offset
  world.signs[`epoch ${differs === 'epoch' ? 'is another' : 'is the same'}`] =
    (after.epoch === before.epoch) === (differs === 'offset')
  for (const proxy of proxies) proxy.mend()
}

/** The servers without members in a room are the first to emit into it. */
async function othersReceiveFirst(world: World, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    for (const room of ROOMS) world.emit([0, 1, 2].find((server) => !World.hasMembers(server, room)) ?? 0, room)
  }
  await underLoad(50)
}

const earlierEpoch: Fault = {
  name: 'Redis returns from an RDB file of an earlier epoch',
  outages: 2,
  async strike(world) {
    const { epoch } = await read(world)
    await single(world.store).redis.command('SAVE')
    await hang(world, 1.6)
    await until(async () => world.setup.harmless === true || (await read(world)).epoch > epoch, 3000)
    await world.comeBack()
    await restore(world, 'epoch')
  },
}

const sameEpoch: Fault = {
  name: 'Redis returns from an RDB file of the same epoch',
  async strike(world) {
    await single(world.store).redis.command('SAVE')
    await underLoad(300)
    await restore(world, 'offset')
    await othersReceiveFirst(world, 30)
  },
}

const unnoticed: Fault = {
  name: 'Redis loads an older RDB file and no link is cut',
  async strike(world) {
    await single(world.store).redis.command('SAVE')
    await underLoad(300)
    await world.leave()
    await world.quiet()
    await world.heard(world.emissions.slice(-30))
    const before = await read(world)
    await world.harm(() => single(world.store).redis.command('DEBUG', 'RELOAD', 'NOSAVE'))
    const after = await read(world)
    world.signs['head is behind'] = after.offset < before.offset
    await othersReceiveFirst(world, 30)
    world.talk()
  },
}

const promoted: Fault = {
  name: 'a replica that lacks the last writes is promoted',
  async strike(world) {
    const store = single(world.store)
    const replica = await RedisServer.start(
      '--dir',
      store.folder,
      '--dbfilename',
      'replica.rdb',
      '--replicaof',
      '127.0.0.1',
      String(store.redis.port),
    )
    await until(async () => (await replica.command('INFO', 'replication')).includes('master_link_status:up'))
    await until(async () => (await replica.command('DBSIZE')) === (await store.redis.command('DBSIZE')))
    await replica.command('REPLICAOF', 'NO', 'ONE')
    await underLoad(300)
    await world.leave()
    const before = await read(world)
    await world.harm(() => store.replaceBy(replica))
    const after = await read(world)
    world.signs['head is behind'] = after.offset < before.offset
    if (world.setup.harmless) await replica.kill()
    await othersReceiveFirst(world, 5)
  },
}

/** The store goes back in time. */
export const ROLLBACKS: readonly Fault[] = [earlierEpoch, sameEpoch, unnoticed, promoted]
