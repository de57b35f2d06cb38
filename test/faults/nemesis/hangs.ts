import { faultLasts } from './durations.js'
import type { Fault } from './scenario.js'
import type { World } from './world.js'

/** Pauses Redis for a multiple of the timeout of the broker. After half of it, one client of each server disconnects. */
export async function hang(world: World, times: number): Promise<void> {
  const [redis] = world.store.nodes
  const ms = times * world.timeout
  await world.harm(() => redis?.pause())
  const asked = performance.now()
  const answered = redis?.command('PING').then(() => performance.now() - asked)
  await faultLasts(ms / 2)
  await world.leave()
  await faultLasts(ms / 2)
  await world.harm(() => redis?.resume())
  world.signs['unanswered for the whole hang'] = ((await answered) ?? 0) >= ms * 0.9
}

/** Redis hangs. A script that was sent before the hang may run after its sender has given up on it. */
export const HANGS: readonly Fault[] = [0.5, 1.2, 1.6, 2.5, 4].map((times) => ({
  name: `Redis hangs for ${times} × timeout`,
  arrives: 0.99,
  strike: (world) => hang(world, times),
  signs: ({ late }) => (times >= 1.6 ? { 'late executions': late } : {}),
}))
