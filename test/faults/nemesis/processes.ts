import { faultLasts, underLoad } from './durations.js'
import type { Fault } from './scenario.js'
import { ChildServer } from './servers.js'
import { SingleStore } from './stores.js'
import type { World } from './world.js'

const store = (): Promise<SingleStore> => SingleStore.start({ processes: true })

function child(world: World, at: number): ChildServer {
  const server = world.servers[at]
  if (server instanceof ChildServer) return server
  throw new TypeError('This fault needs a server in a process of its own.')
}

const killed: Fault = {
  name: 'a server is killed',
  store,
  async strike(world) {
    const server = child(world, 0)
    await world.leave()
    world.signs['killed'] = false
    await world.harm(async () => {
      world.killed.set(0, performance.now())
      const { signal } = await server.kill()
      world.signs['killed'] = signal === 'SIGKILL'
      // The clients of the killed server connect to another one, as behind a load balancer.
      await world.moveFrom(0)
    })
    await underLoad(100)
  },
}

const stopped: Fault = {
  name: 'a server is stopped for two leases',
  store,
  async strike(world) {
    const server = child(world, 0)
    await world.leave()
    const asked = performance.now()
    await world.harm(() => server.signal('SIGSTOP'))
    const answered = server.failures().then(() => performance.now() - asked)
    const ms = 2 * world.lease
    await faultLasts(ms)
    world.signs['lease ran out'] = !(await world.servers[1]?.presence('presence'))?.some((user) => user.endsWith('0'))
    server.signal('SIGCONT')
    world.signs['unanswered for the whole hang'] = (await answered) >= ms * 0.9
  },
}

/** Servers of the app fail. */
export const PROCESSES: readonly Fault[] = [killed, stopped]
