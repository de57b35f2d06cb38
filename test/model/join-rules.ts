import type { JoinsState } from '../../packages/core/src/rooms/join-state.js'
import type { Server, World } from './join-world.js'

/** The rules that a state breaks. */
export function violationsOf(world: World): string[] {
  return [...new Set([...world.broken, ...world.servers.flatMap((server) => brokenBy(world, server))])]
}

function brokenBy(world: World, server: Server): string[] {
  const { joins, asked } = server
  const broken: string[] = []
  if (asked.length > joins.limits.running) broken.push('more authorisations run than may')
  if (isIdle(joins)) broken.push('a join waits although a slot is free')
  if (isAtRest(world, server)) broken.push(...brokenAtRest(world, server))
  return broken
}

/** Whether nothing is in transit, and the app has decided on every request. */
function isAtRest({ servers }: World, { joins, asked }: Server): boolean {
  const isQuiet = servers.every(({ own, all, late }) => own.length + all.length + late.length === 0)
  return isQuiet && asked.length === 0 && joins.tickets.size === 0
}

function brokenAtRest({ permitted }: World, server: Server): string[] {
  const { joins, members, requests, open } = server
  const broken: string[] = []
  const inRoom = [...members].filter((member) => member.endsWith(' r'))
  if (!permitted && inRoom.length > 0) broken.push('a connection that may not be in the room is a member')
  const isUnanswered = requests.some(({ connection, answers }) => open.has(connection) && answers !== 1)
  if (isUnanswered) broken.push('a request has no answer')
  if (joins.connections.size + joins.ready.size + joins.running + joins.waiting > 0) broken.push('something is held')
  return broken
}

/** Whether a join could be authorised and is not. */
function isIdle({ running, limits, connections }: JoinsState): boolean {
  if (running >= limits.running) return false
  const all = [...connections.values()]
  return all.some((one) => one.waiting.length > 0 && one.running < limits.runningPerConnection)
}
