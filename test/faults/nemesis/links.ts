import type { Where } from '../../support/tcp-proxy.js'
import { until } from '../../support/wait.js'
import { faultLasts, underLoad } from './durations.js'
import type { Fault } from './scenario.js'
import { single } from './stores.js'
import { ROOMS, World } from './world.js'

/** One direction of one kind of link of one server stalls for a multiple of the timeout of the broker. */
function stall(where: Required<Where>, times: number): Fault {
  const { link, direction } = where
  return {
    name: `the ${direction}link of a server's ${link} stalls for ${times} × timeout`,
    async strike(world) {
      const proxy = single(world.store).proxies[world.random.below(3)]
      await world.leave()
      await world.harm(() => proxy?.stall(where))
      await faultLasts(times * world.timeout)
      world.signs['bytes held'] = proxy?.held ?? 0
      proxy?.mend()
    },
  }
}

const stalls = (['commands', 'subscriber'] as const).flatMap((link) =>
  (['up', 'down'] as const).flatMap((direction) => [1.6, 4].map((times) => stall({ link, direction }, times))),
)

/** A subscriber link with a long delay, under few and under many messages. The broker must not take the link for dead. */
const burst: Fault = {
  name: 'a subscriber link is 1.5 s late while 1,200 messages come',
  options: { timeout: 1000, lease: 2000 },
  arrives: 0.99,
  async strike(world) {
    const [proxy] = single(world.store).proxies
    const rooms = ROOMS.filter((room) => World.hasMembers(0, room)).slice(0, 2)
    await world.quiet()
    await world.harm(() => proxy?.delay(1500, { direction: 'down', link: 'subscriber' }))
    // The answers to the server's own messages overtake the messages of the others, which are late.
    for (const [sender, count] of [
      [1, 10],
      [0, 1200],
    ] as const) {
      for (let n = 0; n < count; n += 1) {
        for (const room of rooms) world.emit(sender, room)
        if (n % 100 === 99) await underLoad(5)
      }
    }
    const last = rooms.map((room) => world.emit(0, room))
    await until(() => world.setup.harmless === true || (proxy?.held ?? 0) > 0, 3000).catch(() => {})
    world.signs['bytes held'] = proxy?.held ?? 0
    await until(() => world.unheard(last).length === 0, 6000).catch(() => {})
    proxy?.mend()
  },
}

function cuts(times: number, name: string): Fault {
  return {
    name,
    outages: times,
    async strike(world) {
      const { proxies } = single(world.store)
      const struck = times === 1 ? proxies.slice(0, 1) : proxies
      const before = await failures(world)
      await world.leave()
      for (let round = 0; round < times; round += 1) {
        await world.harm(() => struck.map((proxy) => proxy.cut()))
        await faultLasts(times === 1 ? 1.6 * world.timeout : 20 + world.random.below(60))
        for (const proxy of struck) proxy.mend()
        await faultLasts(20 + world.random.below(160))
      }
      await world.harm(() => until(async () => (await failures(world)) > before, 5000))
      world.signs['losses reported'] = (await failures(world)) - before
    },
  }
}

async function failures(world: World): Promise<number> {
  const all = await Promise.all(world.servers.map((server) => server.failures()))
  return all.flat().length
}

/** The network between servers and Redis fails, and Redis itself does not. */
export const LINKS: readonly Fault[] = [
  ...stalls,
  burst,
  cuts(1, 'the links of one server are cut'),
  cuts(6, 'the links of every server are cut six times'),
]
