import { until } from '../../support/wait.js'
import { underLoad } from './durations.js'
import type { Fault } from './scenario.js'
import { ClusterStore, SentinelStore } from './topologies.js'
import { ROOMS, type World } from './world.js'

// Replication and failover take longer than a command of a healthy Redis.
const options = { timeout: 1000, lease: 2500 }

function cluster({ store }: World): ClusterStore {
  if (store instanceof ClusterStore) return store
  throw new TypeError('This fault needs a cluster.')
}

function sentinel({ store }: World): SentinelStore {
  if (store instanceof SentinelStore) return store
  throw new TypeError('This fault needs a sentinel.')
}

const isMaster = async (node: { command(...words: string[]): Promise<string> }): Promise<boolean> =>
  (await node.command('INFO', 'replication')).includes('role:master')

const nodeKilled: Fault = {
  name: 'a node of a cluster is killed and its replica takes over',
  options,
  store: () => ClusterStore.start(),
  async strike(world) {
    const store = cluster(world)
    await world.leave()
    await world.harm(() => store.nodes[0]?.kill())
    await world.harm(() => until(() => isMaster(store.replica), 15_000))
    world.signs['replica took over'] = await isMaster(store.replica)
    await world.harm(() => store.replaceFirst())
    await until(async () => (await store.replica.command('CLUSTER', 'INFO')).includes('cluster_state:ok'), 10_000)
  },
}

const slotsMoved: Fault = {
  name: 'slots move from one node of a cluster to another',
  options,
  store: () => ClusterStore.start(),
  async strike(world) {
    const store = cluster(world)
    await world.leave()
    const streams = await Promise.all(ROOMS.slice(0, 4).map((room) => store.reader.stream(room)))
    world.signs['keys moved'] = 0
    for (const { key } of streams) {
      await world.harm(async () => {
        world.signs['keys moved'] = Number(world.signs['keys moved']) + (await store.move(key))
      })
    }
    await underLoad(100)
  },
}

const masterKilled: Fault = {
  name: 'a master is killed and a sentinel promotes its replica',
  options,
  store: () => SentinelStore.start(),
  async strike(world) {
    const store = sentinel(world)
    await world.leave()
    await world.harm(() => store.nodes[0]?.kill())
    await world.harm(() => until(() => isMaster(store.replica), 15_000))
    world.signs['replica was promoted'] = await isMaster(store.replica)
    await world.harm(() => store.replaceMaster())
  },
}

/** Another Redis replaces one that has failed. */
export const FAILOVERS: readonly Fault[] = [nodeKilled, slotsMoved, masterKilled]
