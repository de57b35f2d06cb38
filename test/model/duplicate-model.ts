import type { Position } from '../../packages/core/src/cluster/broker-history.js'
import * as log from '../../packages/core/src/history/delivery-log.js'
import { MAX_HOLD_MS } from '../../packages/core/src/history/duplicate-filter.js'
import { isLater } from '../../packages/core/src/history/position.js'
import { merge } from '../../packages/core/src/history/recovery-merge.js'
import {
  apply,
  at,
  type Budget,
  type DuplicateBounds,
  type Hold,
  JOINED,
  newWorld,
  omit,
  reach,
  type Rules,
  RULES,
  say,
  show,
  type World,
} from './duplicate-world.js'
import type { Model, Step } from './explorer.js'
import { clone, hashOf } from './plain.js'

type Act = (world: World) => void

/** A client recovers on a server that may be behind, and the recovery may fail. */
export function duplicateModel(bounds: DuplicateBounds, rules: Rules = RULES): Model<World> {
  return {
    initial: () => [newWorld(bounds)],
    steps: (world) => stepsOf(world, rules),
    violations: violationsOf,
    key: hashOf,
  }
}

function stepsOf(world: World, rules: Rules): Step<World>[] {
  const { left, hold, room, isSetBack, head } = world
  const steps: Step<World>[] = []
  const may = (label: string, isPossible: boolean, act: Act): void => {
    const run = (): World => {
      const copy = clone(world)
      act(copy)
      return copy
    }
    if (isPossible) steps.push({ label, run })
  }
  const spend = (label: string, key: keyof Budget, act: Act): void =>
    may(label, left[key] > 0, (next) => {
      next.left = { ...next.left, [key]: next.left[key] - 1 }
      act(next)
    })
  spend('message', 'messages', (next) => append(next, rules, true))
  spend('excepted message', 'excepted', (next) => append(next, rules, false))
  spend('raw message', 'raw', (next) => say(next, { id: `u${next.left.raw}` }, { rules, isMeant: true }))
  if (!isSetBack && room.offset < head.offset) spend('set back', 'losses', (next) => void (next.isSetBack = true))
  // If the client is in the next epoch already, the epoch began before its last message.
  if (head.epoch === 'e1' || room.offset === head.offset - 1)
    spend('epoch', 'epochs', (next) => beginEpoch(next, rules))
  if (!hold) {
    spend('recover', 'recovers', (next) => ask(next, { rules, isNewcomer: false }))
    spend('recover the last', 'lasts', (next) => ask(next, { rules, isNewcomer: true }))
  }
  may('fail', hold !== undefined, (next) => fail(next, rules))
  may('succeed', hold !== undefined && (isSetBack || !isLater(head, room)), (next) => succeed(next, rules))
  spend('wait', 'waits', (next) => wait(next, rules))
  return steps
}

/** The next message of the stream reaches the server. */
function append(world: World, rules: Rules, isMeant: boolean): void {
  const { room, isSetBack } = world
  const offset = room.offset + 1
  const tag = `${room.epoch === 'e1' ? (isSetBack ? 'b' : 'a') : 'c'}${offset}`
  world.room = at(room.epoch, offset, tag)
  world.chain = [...world.chain, { offset, tag }]
  log.reach(world.log, world.room)
  say(world, { id: tag, position: world.room }, { rules, isMeant })
}

function beginEpoch(world: World, rules: Rules): void {
  world.room = { ...world.room, epoch: 'e2' }
  log.skipRange(world.log, world.room)
  say(world, { id: 'gap', position: world.room, isGap: true }, { rules, isMeant: true })
}

function ask(world: World, { rules, isNewcomer }: { rules: Rules; isNewcomer: boolean }): void {
  const { filter } = world
  world.client.isNewcomer ||= isNewcomer
  world.filter = undefined
  const isKept = filter !== undefined && filter.state.held.length > 0 && rules.takesOver
  const since = isKept ? filter.since : log.markOf(world.log)
  world.hold = isKept
    ? { since, isNewcomer, until: filter.state.until, frames: filter.state.held, known: undefined }
    : { since, isNewcomer, until: undefined, frames: [], known: undefined }
}

/** What `recovery.ts` does if a recovery fails. */
function fail(world: World, rules: Rules): void {
  const { hold, client, now } = world
  if (!hold) return
  world.hold = undefined
  if (hold.isNewcomer) {
    for (const line of hold.frames) show(world, line)
    return
  }
  const state = rules.duplicates.newFilter<World['lines'][number]>(client.position, hold.until)
  world.filter = { since: hold.since, state }
  const frames = hold.frames.map((line) => ({ ...line, at: line.at ?? now }))
  apply(world, rules.duplicates.takeOver(state, { frames, known: hold.known }, now))
  reach(world, world.room, rules)
}

/** What `recovery.ts` does if a recovery succeeds. */
function succeed(world: World, rules: Rules): void {
  const { hold, client, room, chain } = world
  if (!hold) return
  world.hold = undefined
  const { position: from } = client
  const isVerified =
    from.epoch === room.epoch && chain.some(({ offset, tag }) => offset === from.offset && tag === from.tag)
  if (!hold.isNewcomer && !isVerified) {
    const { known = 0, frames } = hold
    if (hold.known !== undefined) omit(world, { since: hold.since, upTo: from })
    const end = frames.findLastIndex(({ isGap }) => isGap) + 1
    for (const [index, line] of frames.entries()) if (index >= Math.min(known, end) || !line.position) show(world, line)
    client.position = room
    return
  }
  const { isNewcomer, frames: held } = hold
  const wanted = isNewcomer ? chain.slice(-2) : chain.filter(({ offset }) => offset > from.offset)
  const missed = wanted
    .map(({ offset, tag }) => ({ id: tag, position: at(room.epoch, offset, tag) }))
    .filter(({ id, position }) => !world.excepted.includes(id) && !hasGot(world, { position, hold }, rules))
  const gotFrame = !log.isQuiet({ since: JOINED, until: hold.since })
  if (!isNewcomer && held.length > 0) omit(world, { since: hold.since, upTo: from })
  const { before, after } = merge({ missed, position: room, held, isNewcomer, gotFrame })
  for (const line of before) show(world, line, 'merged')
  for (const { id, position } of missed) show(world, { id, position, seq: 0 }, 'missed')
  for (const line of after) show(world, line, 'merged')
  const got = [...client.shown, ...client.brought, ...world.excepted]
  if (wanted.some(({ tag }) => !got.includes(tag))) world.broken = 'A the client is not sent all that it has asked for'
  client.position = room
}

/** What `deliveries.ts` knows. */
function hasGot(
  { log: deliveries, omitted }: World,
  { position, hold: { since: until } }: { readonly position: Position; readonly hold: Hold },
  rules: Rules,
): boolean {
  const one = { position, unkept: undefined }
  if (!log.includes(deliveries, one, { since: JOINED, until })) return false
  return !rules.log.isOmitted(deliveries, one, { all: omitted, until })
}

function wait(world: World, rules: Rules): void {
  world.now += MAX_HOLD_MS
  if (world.filter) apply(world, rules.duplicates.expire(world.filter.state, world.now))
}

function violationsOf({ lines, client, hold, filter, broken, now, excepted }: World): string[] {
  const held = [...(hold?.frames ?? []), ...(filter?.state.held ?? [])]
  const isOwed = ({ id, position, isGap }: World['lines'][number]): boolean =>
    !client.has.includes(id) &&
    !excepted.includes(id) &&
    held.every((one) => one.id !== id) &&
    // A new epoch tells the client that it may have missed messages.
    (position === undefined ||
      position.epoch > client.position.epoch ||
      (position.epoch === client.position.epoch && !isGap))
  const isLate = filter?.state.held.some((line) => (line.at ?? now) + MAX_HOLD_MS <= now)
  return [
    ...(broken === undefined ? [] : [broken]),
    ...(lines.some(isOwed) ? ['A a message is lost in silence'] : []),
    ...(isLate ? ['D a message is held too long'] : []),
  ]
}
