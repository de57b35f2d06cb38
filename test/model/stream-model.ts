import type { StreamState } from '../../packages/core/src/history/stream-machine/state.js'
import { needsTick } from '../../packages/core/src/history/stream-machine/events.js'
import type { Model, Step } from './explorer.js'
import { hashOf, sharedHashOf } from './plain.js'
import { violationsOf } from './stream-rules.js'
import { cutLink, forge, giveUp, hangs, isWaiting, join, kill, leave, losses, timeOut } from './stream-faults.js'
import { repeats } from './stream-repeats.js'
import { type Rules, RULES, type Setting, Shell } from './stream-shell.js'
import type { Budget, StreamBounds } from './stream-bounds.js'
import { draftOf, newWorld, type Server, take, underWay, type World } from './stream-world.js'

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

/** Worlds in which only the order of the servers differs have the same key. */
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
    ...server.replies
      .slice(0, setting.bounds.unordered ? undefined : 1)
      .map(({ kind }, at) => go(`reply ${kind}`, (s) => s.reply(at))),
    ...when(event, (one) => go(`link ${one.kind === 'epoch' ? 'epoch' : one.id}`, (s) => s.link())),
    ...(mayTick(world, index) ? [go('tick', (s) => s.on((state, machine) => machine.tick(state)))] : []),
    ...repeats(world, server, go),
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

/** Steps that may happen a limited number of times. */
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
  const pending = isWaiting(server) || replies.length > 0
  return [
    ...spend('emits', `emit m${world.emitted}`, emit),
    ...(member || state ? spend('tasks', 'send directly', sendDirectly) : []),
    ...(member && !commands.some(({ kind }) => kind === 'head') ? spend('checks', 'check', (s) => s.check()) : []),
    ...(member && !server.view?.hold ? spend('recovers', 'recover', (s) => s.recover()) : []),
    ...(pending && isAlone ? spend('timeouts', 'timeout', timeOut) : []),
    ...(isAlone && replies.length > 0 && isWaiting(server) ? spend('timeouts', 'give up the next', giveUp) : []),
    ...spend('kills', 'kill', kill),
    ...(member ? spend('cuts', 'cut link', cutLink) : []),
    ...(member ? spend('forged', 'forge', forge) : []),
    ...spend('leaves', member ? 'leave' : 'join', member ? leave : join),
  ]
}

function emit(shell: Shell): void {
  shell.emit(`m${shell.world.emitted}`)
  shell.world.emitted += 1
}

function sendDirectly(shell: Shell): void {
  shell.server.tasks += 1
  shell.on((state, machine) => machine.runAfterSent(state, 'task'))
}

/** Whether a tick is possible: for retries at any time, for kept messages that do not arrive once nothing else is in transit. */
function mayTick(world: World, index: number): boolean {
  const server = world.servers[index]
  const state: StreamState<unknown, unknown> | undefined = server?.state
  if (!server || !state || !needsTick(state) || state.reading || state.restarting !== undefined) return false
  if (state.retry || state.settling > 0 || state.delayed || state.unpersisted > 0) return true
  const isQuiet = underWay(server) + (world.links[index]?.length ?? 0) === 0
  return isQuiet && 'position' in (state.sent[0] ?? {})
}

function when<T>(value: T | undefined, make: (value: T) => Step<World>): Steps {
  return value === undefined ? [] : [make(value)]
}
