import type { Position } from '../../packages/core/src/cluster/broker-history.js'
import { isSame } from '../../packages/core/src/history/position.js'
import { sendAgain } from './stream-repeats.js'
import { type Setting, Shell } from './stream-shell.js'
import { DEFAULT_BUDGET } from './stream-bounds.js'
import { type Client, draftOf, slotOf, underWay, type World } from './stream-world.js'

// The rules of a room's stream. A: every member reaches the position of the store, by messages or gaps. B: no message comes
// twice. C: `recovered: true` means that the client saw what the store has before its position. D: waits end, and unkept messages
// end the epoch. E: a message that anyone saw and the store lacks is a gap for everyone else.

/** The rules that a state breaks. Most rules apply only to quiet states, in which nothing is in transit. */
export function violationsOf(world: World, setting: Setting): string[] {
  const broken = world.broken === undefined ? [] : [world.broken]
  const clients = world.servers.flatMap(({ member }) => member ?? [])
  for (const client of [...clients, ...world.away]) broken.push(...falseRecovery(world, client, setting))
  if (!isQuiet(world)) return broken
  const settled = settle(world, setting)
  if (!settled) return [...broken, 'D it never comes to rest']
  if (!setting.bounds.unchecked) broken.push(...unsettled(settled, setting))
  broken.push(...gapsWithoutFault(settled, setting))
  return [...broken, ...deaf(settled, setting)]
}

function isQuiet({ servers, links }: World): boolean {
  return servers.every((server) => underWay(server) === 0) && links.every(({ length }) => length === 0)
}

/** C: the store knows the position of a client, although the client did not see everything before it. */
function falseRecovery(world: World, client: Client, setting: Setting): string[] {
  const { base, position, ids, got } = client
  if (!base || !position || !recovers(world, position, setting)) return []
  const entries = world.slot.stream?.entries ?? []
  const first = entries[0]?.offset ?? Infinity
  const before = entries.filter(({ offset }) => offset > base.offset && offset <= position.offset)
  const missed = before.some(({ bytes }) => !ids.includes(bytes))
  const others = got.some(
    ({ offset, tag }) => offset >= first && !before.some((one) => one.offset === offset && one.tag === tag),
  )
  return missed || others ? ['C recovered: true is false'] : []
}

function recovers(world: World, position: Position, { bounds, rules }: Setting): boolean {
  const moment = { ms: 0, tag: 'ffffffff', random: 'ffffff' }
  const query = { from: position, size: bounds.window ?? 100, ttl: Infinity }
  return rules.store.since(slotOf(world.slot), query, moment).lost === undefined
}

/** Lets everything arrive, runs what is due, and lets each server check its room. `undefined` if that never ends. */
export function settle(world: World, setting: Setting): World | undefined {
  let settled = drain(world, setting)
  for (let round = 0; round < (setting.bounds.unchecked ? 0 : 2) && settled; round += 1) {
    for (const index of world.servers.keys()) {
      if (!settled) return undefined
      const draft: World = draftOf(settled, index)
      const shell = new Shell(draft, index, setting)
      shell.server.unchecked = false
      if (shell.server.member) shell.check()
      settled = drain(draft, setting)
    }
  }
  return settled
}

function drain(world: World, setting: Setting): World | undefined {
  const draft = draftOf(world, ...world.servers.keys())
  for (let round = 0; round < 100; round += 1) {
    const did = draft.servers.map((_, index) => drainServer(draft, index, setting))
    if (!did.some(Boolean)) return draft
  }
  return undefined
}

function drainServer(draft: World, index: number, setting: Setting): boolean {
  const shell = new Shell(draft, index, setting)
  let did = false
  const run = (isThere: () => unknown, act: () => void) => {
    for (; isThere(); did = true) act()
  }
  if (shell.server.member && !shell.server.subscribed) {
    shell.server.subscribed = true
    shell.on((state, machine) => machine.subscribed(state))
    did = true
  }
  run(
    () => shell.server.repeated.length,
    () => sendAgain(shell),
  )
  run(
    () => shell.server.commands.length,
    () => shell.execute(),
  )
  run(
    () => shell.server.replies.length,
    () => shell.reply(),
  )
  run(
    () => draft.links[index]?.length,
    () => shell.link(),
  )
  return did || tick(shell)
}

function tick(shell: Shell): boolean {
  const { state } = shell.server
  const isDue = state && (state.retry || state.delayed || state.unpersisted > 0 || state.sent.length > 0)
  if (!isDue || state.reading || state.restarting !== undefined) return false
  for (const _ of [1, 2]) shell.on((current, machine) => machine.tick(current))
  return true
}

function unsettled(world: World, setting: Setting): string[] {
  const broken: string[] = []
  for (const { state, member, tasks } of world.servers) {
    if (state && state.sent.length > 0) broken.push('D a turn never ends')
    if (tasks !== 0) broken.push('D a direct send never runs')
    if (state && state.unpersisted > 0) broken.push('D unkept messages never end the epoch')
    if (member) broken.push(...unsettledMember(world, state?.last, member))
    if (member && !state?.verified) broken.push('A a room is never verified')
    if (member && member.owed.length > 0 && !world.exempt)
      broken.push('E lost or unkept, seen by others, and not reported')
  }
  const kept = world.slot.stream?.entries ?? []
  const isOwed = ({ position, owed }: Client) =>
    position && owed.some((id) => kept.every(({ bytes }) => bytes !== id)) && recovers(world, position, setting)
  if (!world.exempt && world.away.some(isOwed)) broken.push('E who was away gets recovered: true and misses a message')
  return broken
}

function unsettledMember({ slot }: World, last: Position | undefined, { base, ids }: Client): string[] {
  const { stream } = slot
  if (!stream) return last && last.offset > 0 ? ['A a server stands where the store does not'] : []
  if (!last || !isSame(last, stream)) return ['A a server does not stand where the store stands']
  const missed = stream.entries.some(({ offset, bytes }) => base && offset > base.offset && !ids.includes(bytes))
  return missed ? ['A a kept message is neither delivered nor reported'] : []
}

function gapsWithoutFault(world: World, { bounds }: Setting): string[] {
  const faults = ['timeouts', 'losses', 'kills', 'repeats'] as const
  const isFaulty = faults.some((key) => world.left[key] < (bounds[key] ?? DEFAULT_BUDGET[key]))
  const isGapReported = world.servers.some(({ member }) => member && member.gaps > 0)
  return isGapReported && !isFaulty && bounds.window === undefined
    ? ['A a gap is reported though nothing was lost']
    : []
}

/** A probe from each server, also from those without members, must reach every member, or the member must get a gap. */
function deaf(world: World, setting: Setting): string[] {
  for (const index of world.servers.keys()) {
    const draft = draftOf(world, index)
    new Shell(draft, index, setting).emit('probe')
    const settledWorld = settle(draft, setting)
    if (!settledWorld) return ['D a probe never comes to rest']
    const isDeaf = settledWorld.servers.some(
      ({ member }, at) =>
        member &&
        !member.ids.includes('probe') &&
        (!setting.bounds.unchecked || member.gaps === world.servers[at]?.member?.gaps),
    )
    if (isDeaf) return ['A a probe is neither delivered nor reported']
    const broken = setting.bounds.unchecked ? unsettled(settledWorld, setting) : []
    if (broken.length > 0) return broken
  }
  return []
}
