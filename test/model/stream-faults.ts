import type { Step } from './explorer.js'
import { hashOf } from './plain.js'
import { viewSince } from './stream-member.js'
import { type Setting, Shell } from './stream-shell.js'
import {
  type Command,
  draftOf,
  forgetUnwitnessed,
  newClient,
  type Server,
  slotOf,
  take,
  type World,
} from './stream-world.js'

// The faults in the model of a room's stream.

type Steps = Step<World>[]

/** The answer is lost, or the command is executed late or never. */
export function timeOut(shell: Shell): void {
  const reply = shell.server.replies.shift()
  if (reply) shell.fail(reply)
  else giveUp(shell)
}

export function giveUp(shell: Shell): void {
  const { server } = shell
  const [command] = waiting(server)
  if (!command) return
  command.abandoned = true
  if (shell.dropsAbandoned) {
    server.commands = server.commands.filter((one) => one !== command)
    server.repeated = server.repeated.filter((one) => one !== command)
  }
  shell.fail(command)
}

/** A process is killed and another one replaces it. Its clients are disconnected. */
export function kill(shell: Shell): void {
  const { server, world } = shell
  const { state, member } = server
  world.exempt ||= state !== undefined && (state.unpersisted > 0 || state.sent.length > 0)
  shell.drop()
  goAway(shell)
  Object.assign(server, {
    unchecked: false,
    subscribed: false,
    tasks: 0,
    unkept: [],
    emitted: [],
    seen: [],
    recovered: [],
    repeated: [],
    ordered: [],
    lives: server.lives + (shell.isNumbered ? 1 : 0),
  })
  world.links = world.links.map((link, index) => (index === shell.index ? [] : link))
  if (member) join(shell)
}

export function join(shell: Shell): void {
  shell.server.member = newClient()
  if (shell.follows) shell.server.view = viewSince(shell.server)
  shell.on((state, machine) => machine.start(state))
}

export function leave(shell: Shell): void {
  goAway(shell)
  shell.server.subscribed = false
  shell.world.links = shell.world.links.map((link, index) => (index === shell.index ? [] : link))
  shell.on((state, machine) => machine.stop(state))
}

export function goAway({ server, world }: Shell): void {
  if (server.member?.base) world.away = [...world.away, server.member]
  Object.assign(server, { member: undefined, view: undefined })
  forgetUnwitnessed(world)
}

/** Messages in transit are lost; the link is back at once. */
export function cutLink(shell: Shell): void {
  shell.world.links = shell.world.links.map((link, index) => (index === shell.index ? [] : link))
  shell.server.unchecked = true
  shell.on((state, machine) => machine.linkChanged(state))
}

/** Another program publishes a message with an offset that the stream never reached. */
export function forge(shell: Shell): void {
  const { state } = shell.server
  const last = state?.last
  if (!last) return
  const link = { ...last, offset: 1e12, tag: 'ffffffff', previous: 'ffffffff' }
  shell.world.links = shell.world.links.map((queue, index) =>
    index === shell.index ? [...queue, { kind: 'message', id: 'forged', link }] : queue,
  )
}

/** All commands of all servers time out; the store continues later. */
export function hangs(world: World, setting: Setting): Steps {
  if (!setting.bounds.hang || world.left.timeouts === 0 || !world.servers.every(isWaiting)) return []
  return [{ label: 'HANG', run: () => hang(world, setting) }]
}

export function isWaiting(server: Server): boolean {
  return waiting(server).length > 0
}

/** The commands whose answers are awaited, oldest first. */
function waiting({ repeated, commands }: Server): Command[] {
  return [...repeated, ...commands].filter(({ abandoned }) => !abandoned)
}

export function hang(world: World, setting: Setting): World {
  const draft = draftOf(world, ...world.servers.keys())
  take(draft, 'timeouts')
  for (const index of draft.servers.keys()) {
    const shell = new Shell(draft, index, setting)
    const pending = waiting(shell.server)
    for (const command of pending) command.abandoned = true
    for (const command of pending) shell.fail(command)
  }
  return draft
}

export function losses(world: World, { bounds }: Setting): Steps {
  const { left, slot, snapshot } = world
  if (left.losses === 0) return []
  const lose = (label: string, store: World['slot']) => ({ label, run: () => loseTo(world, store) })
  return [
    ...(snapshot ? [] : [{ label: 'snapshot', run: () => ({ ...world, snapshot: slotOf(slot) }) }]),
    ...(bounds.flush && slot.stream ? [lose('FLUSH', { stream: undefined })] : []),
    ...(snapshot && hashOf(snapshot) !== hashOf(slot) ? [lose('ROLLBACK', snapshot)] : []),
  ]
}

/** The store is rolled back. A lost message that a connected client has seen must reach all other clients, or a gap must. */
export function loseTo(world: World, slot: World['slot']): World {
  const kept = new Set(slot.stream?.entries.map(({ tag }) => tag))
  const seen = new Set(world.servers.flatMap(({ member }) => member?.ids ?? []))
  const gone = (world.slot.stream?.entries ?? []).filter(({ tag, bytes }) => !kept.has(tag) && seen.has(bytes))
  const owe = (client: World['away'][number]) => {
    const { base, ids, owed } = client
    const more = gone.filter(({ offset, bytes }) => base && base.offset < offset && !ids.includes(bytes))
    return { ...client, owed: [...new Set([...owed, ...more.map(({ bytes }) => bytes)])] }
  }
  const servers = world.servers.map((server) => (server.member ? { ...server, member: owe(server.member) } : server))
  // A server remembers an unkept message that it has shown until the epoch has ended. A later loss is not reported (limit L1).
  const isForgotten = world.servers.every(({ member, state }) => member !== undefined || state === undefined)
  const left = { ...world.left, losses: world.left.losses - 1 }
  const lost = { ...world, left, servers, away: world.away.map(owe), slot: slotOf(slot), snapshot: undefined }
  if (isForgotten) forgetUnwitnessed(lost)
  return lost
}
