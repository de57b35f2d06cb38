import type { StreamState } from '../../packages/core/src/history/stream-state.js'
import { needsTick } from '../../packages/core/src/history/stream.js'
import type { Model, Step } from './explorer.js'
import { hashOf, sharedHashOf } from './plain.js'
import { violationsOf } from './stream-rules.js'
import { type Rules, RULES, Shell } from './stream-shell.js'
import {
  type Budget,
  draftOf,
  forgetUnwitnessed,
  newClient,
  newWorld,
  type Server,
  slotOf,
  type StreamBounds,
  type World,
} from './stream-world.js'

/** What a model runs: the code, and the bounds of its world. */
export interface Setting {
  readonly bounds: StreamBounds
  readonly rules: Rules
}

type Steps = Step<World>[]

/** One room on several servers over one store. */
export function streamModel(bounds: StreamBounds, rules: Rules = RULES): Model<World> {
  const setting: Setting = { bounds, rules }
  return {
    initial: () => [newWorld(bounds)],
    steps: (world) => [
      ...world.servers.flatMap((_, index) => serverSteps(world, index, setting)),
      ...hangs(world, setting),
      ...losses(world, setting),
    ],
    violations: (world) => violationsOf(world, setting),
    key: keyOf,
  }
}

/** Servers that differ in their place alone are not told apart. */
function keyOf({ servers, links, ...rest }: World): number {
  const each = servers.map((server, index) => hashOf({ server: sharedHashOf(server), link: links[index] }))
  return hashOf({ ...rest, servers: each.toSorted((a, b) => a - b) })
}

/** A step of one server. */
export function step(world: World, index: number, setting: Setting): (run: (shell: Shell) => void) => World {
  return (run) => {
    const draft = draftOf(world, index)
    run(new Shell(draft, index, setting))
    return draft
  }
}

function serverSteps(world: World, index: number, setting: Setting): Steps {
  const server = world.servers[index]
  if (!server) return []
  const act = step(world, index, setting)
  const go = (label: string, run: (shell: Shell) => void): Step<World> => ({
    label: `${label}@s${index}`,
    run: () => act(run),
  })
  const [command] = server.commands
  const [event] = world.links[index] ?? []
  return [
    ...when(command, ({ kind, abandoned }) => go(`execute ${kind}${abandoned ? ' late' : ''}`, (s) => s.execute())),
    ...when(server.replies[0], ({ kind }) => go(`reply ${kind}`, (s) => s.reply())),
    ...when(event, (one) => go(`link ${one.kind === 'epoch' ? 'epoch' : one.id}`, (s) => s.link())),
    ...(mayTick(world, index) ? [go('tick', (s) => s.on((state, machine) => machine.tick(state)))] : []),
    ...(server.unchecked ? [go('check after cut', recheck)] : []),
    ...(server.member && !server.subscribed ? [go('subscribe', subscribe)] : []),
    ...budgeted(world, server, { go, isAlone: !setting.bounds.hang }),
  ]
}

function recheck(shell: Shell): void {
  shell.server.unchecked = false
  shell.check()
}

function subscribe(shell: Shell): void {
  shell.server.subscribed = true
  shell.on((state, machine) => machine.subscribed(state))
}

/** What may happen a limited number of times. */
function budgeted(
  world: World,
  server: Server,
  {
    go,
    isAlone,
  }: { readonly go: (label: string, run: (shell: Shell) => void) => Step<World>; readonly isAlone: boolean },
): Steps {
  const { left } = world
  const spend = (key: keyof Budget, label: string, run: (shell: Shell) => void) =>
    left[key] > 0 ? [go(label, (shell) => (take(shell.world, key), run(shell)))] : []
  const { member, state, commands, replies } = server
  const pending = commands.some(({ abandoned }) => !abandoned) || replies.length > 0
  return [
    ...spend('emits', `emit m${world.emitted}`, emit),
    ...(member || state ? spend('tasks', 'send directly', sendDirectly) : []),
    ...(member && !commands.some(({ kind }) => kind === 'head') ? spend('checks', 'check', (s) => s.check()) : []),
    ...(pending && isAlone ? spend('timeouts', 'timeout', timeOut) : []),
    ...(isAlone && replies.length > 0 && isWaiting(server) ? spend('timeouts', 'give up the next', giveUp) : []),
    ...spend('kills', 'kill', kill),
    ...(member ? spend('cuts', 'cut link', cutLink) : []),
    ...(member ? spend('forged', 'forge', forge) : []),
    ...spend('leaves', member ? 'leave' : 'join', member ? leave : join),
  ]
}

function take(world: World, key: keyof Budget): void {
  world.left = { ...world.left, [key]: world.left[key] - 1 }
}

function emit(shell: Shell): void {
  shell.emit(`m${shell.world.emitted}`)
  shell.world.emitted += 1
}

function sendDirectly(shell: Shell): void {
  shell.server.tasks += 1
  shell.on((state, machine) => machine.after(state, 'task'))
}

/** The answer is lost, or the command is executed late or never. */
function timeOut(shell: Shell): void {
  const reply = shell.server.replies.shift()
  if (reply) shell.fail(reply)
  else giveUp(shell)
}

function giveUp(shell: Shell): void {
  const { server } = shell
  const command = server.commands.find(({ abandoned }) => !abandoned)
  if (!command) return
  command.abandoned = true
  if (shell.dropsAbandoned) server.commands = server.commands.filter((one) => one !== command)
  shell.fail(command)
}

/** A process ends and another takes its place; its clients are away. */
function kill(shell: Shell): void {
  const { server, world } = shell
  const { state, member } = server
  world.exempt ||= state !== undefined && (state.unpersisted > 0 || state.sent.length > 0)
  shell.drop()
  goAway(shell)
  Object.assign(server, { unchecked: false, subscribed: false, tasks: 0 })
  world.links = world.links.map((link, index) => (index === shell.index ? [] : link))
  if (member) join(shell)
}

function join(shell: Shell): void {
  shell.server.member = newClient()
  shell.on((state, machine) => machine.start(state))
}

function leave(shell: Shell): void {
  goAway(shell)
  shell.server.subscribed = false
  shell.world.links = shell.world.links.map((link, index) => (index === shell.index ? [] : link))
  shell.on((state, machine) => machine.stop(state))
}

function goAway({ server, world }: Shell): void {
  if (server.member?.base) world.away = [...world.away, server.member]
  server.member = undefined
  forgetUnwitnessed(world)
}

/** What was on its way is lost; the link is back at once. */
function cutLink(shell: Shell): void {
  shell.world.links = shell.world.links.map((link, index) => (index === shell.index ? [] : link))
  shell.server.unchecked = true
  shell.on((state, machine) => machine.linkLost(state))
}

/** Somebody publishes a message of an offset that the stream never reached. */
function forge(shell: Shell): void {
  const last = shell.server.state?.last
  if (!last) return
  const link = { ...last, offset: 1e12, tag: 'ffffffff', previous: 'ffffffff' }
  shell.world.links = shell.world.links.map((queue, index) =>
    index === shell.index ? [...queue, { kind: 'message', id: 'forged', link }] : queue,
  )
}

/** Every server gives up what it waits for; the store goes on later. */
function hangs(world: World, setting: Setting): Steps {
  if (!setting.bounds.hang || world.left.timeouts === 0 || !world.servers.every(isWaiting)) return []
  return [{ label: 'HANG', run: () => hang(world, setting) }]
}

function isWaiting({ commands }: Server): boolean {
  return commands.some(({ abandoned }) => !abandoned)
}

function hang(world: World, setting: Setting): World {
  const draft = draftOf(world, ...world.servers.keys())
  take(draft, 'timeouts')
  for (const index of draft.servers.keys()) {
    const shell = new Shell(draft, index, setting)
    const pending = shell.server.commands.filter(({ abandoned }) => !abandoned)
    for (const command of pending) command.abandoned = true
    for (const command of pending) shell.fail(command)
  }
  return draft
}

function losses(world: World, { bounds }: Setting): Steps {
  const { left, slot, snapshot } = world
  if (left.losses === 0) return []
  const lose = (label: string, store: World['slot']) => ({ label, run: () => loseTo(world, store) })
  return [
    ...(snapshot ? [] : [{ label: 'snapshot', run: () => ({ ...world, snapshot: slotOf(slot) }) }]),
    ...(bounds.flush && slot.stream ? [lose('FLUSH', { stream: undefined })] : []),
    ...(snapshot && hashOf(snapshot) !== hashOf(slot) ? [lose('ROLLBACK', snapshot)] : []),
  ]
}

/** The store is what it was before. What somebody here has seen of the rest is owed to everybody else. */
function loseTo(world: World, slot: World['slot']): World {
  const kept = new Set(slot.stream?.entries.map(({ tag }) => tag))
  const seen = new Set(world.servers.flatMap(({ member }) => member?.ids ?? []))
  const gone = (world.slot.stream?.entries ?? []).filter(({ tag, bytes }) => !kept.has(tag) && seen.has(bytes))
  const owe = (client: World['away'][number]) => {
    const { base, ids, owed } = client
    const more = gone.filter(({ offset, bytes }) => base && base.offset < offset && !ids.includes(bytes))
    return { ...client, owed: [...new Set([...owed, ...more.map(({ bytes }) => bytes)])] }
  }
  const servers = world.servers.map((server) => (server.member ? { ...server, member: owe(server.member) } : server))
  // Whoever showed an unkept message remembers it until the epoch has ended; a loss after that finds nobody (limit L1).
  const isForgotten = world.servers.every(({ member, state }) => member !== undefined || state === undefined)
  const left = { ...world.left, losses: world.left.losses - 1 }
  const lost = { ...world, left, servers, away: world.away.map(owe), slot: slotOf(slot), snapshot: undefined }
  if (isForgotten) forgetUnwitnessed(lost)
  return lost
}

/** Retries come at any time; kept messages that do not come are asked for once nothing else is under way. */
function mayTick(world: World, index: number): boolean {
  const server = world.servers[index]
  const state: StreamState<unknown, unknown> | undefined = server?.state
  if (!server || !state || !needsTick(state) || state.reading || state.restarting !== undefined) return false
  if (state.retry || state.unpersisted > 0) return true
  const isQuiet = server.commands.length + server.replies.length + (world.links[index]?.length ?? 0) === 0
  return isQuiet && 'position' in (state.sent[0] ?? {})
}

function when<T>(value: T | undefined, make: (value: T) => Step<World>): Steps {
  return value === undefined ? [] : [make(value)]
}
