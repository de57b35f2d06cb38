import { EMPTY_POSITION, type Position } from '../../packages/core/src/cluster/broker-history.js'
import * as log from '../../packages/core/src/history/delivery-log.js'
import type { UnkeptMessage } from '../../packages/core/src/history/unkept-ids.js'
import { merge } from '../../packages/core/src/history/recovery-merge.js'
import type { ReadAnswer } from '../../packages/core/src/history/stream-machine/state.js'
import type { Client, ReceivedFrame, Message, Server, View, World } from './stream-world.js'

// What a server shows its member, as `deliveries.ts` and `recovery.ts` do. The messages of each member are recorded if members
// recover. Otherwise every member is assumed to get each message once.

/** The view of a member that joins as the first one. */
export function viewSince(server: Server): View {
  const deliveries = log.newDeliveryLog({ unkept: server.unkept.length, emitted: server.emitted.length })
  return { log: deliveries, since: log.markOf(deliveries), hold: undefined, frames: [], brought: [] }
}

/** The member gets a position in the stream. */
export function begin({ member, view }: Server, position: Position): void {
  if (member) Object.assign(member, { base: position, position, owed: [] })
  if (!view) return
  const isFresh = view.log.unkept === view.since.unkept
  log.beginLog(view.log, position)
  if (isFresh) view.since = log.markOf(view.log)
}

/** A message at its position. */
export function deliver(
  world: World,
  server: Server,
  { message: { id }, position }: { readonly message: Message; readonly position: Position },
): void {
  const { member, view } = server
  if (!member) return
  const { position: before = EMPTY_POSITION } = member
  const isNext = position.offset === before.offset + 1 && (before.epoch === '' || before.epoch === position.epoch)
  if (!isNext) world.broken = 'B a message is delivered twice or out of order'
  member.got.push({ offset: position.offset, tag: position.tag, id })
  member.position = position
  see(member, id)
  if (!view) return
  const unkept = unkeptOf(server, id)
  log.reach(view.log, position)
  const isMeant = unkept ? log.isOwedLater(unkept, view.since) : !server.seen.includes(id)
  remember(server, id)
  if (isMeant) say(world, view, { id, position })
}

/** A message without a position: of this server, or of another one. */
export function showUnkept(world: World, server: Server, { id, isOwn }: { id: string; isOwn: boolean }): void {
  const { member, view } = server
  if (!view) {
    if (member) see(member, id)
    return
  }
  const isKnown = server.seen.includes(id) || server.recovered.includes(id)
  remember(server, id)
  if (!isOwn && isKnown) return
  const unkept = { id, emission: isOwn ? server.emitted.indexOf(id) + 1 : Infinity }
  const ordinal = server.unkept.push(unkept)
  log.showUnkept(view.log, { ...unkept, ordinal })
  if (!log.isMeant({ ...unkept, ordinal }, view.since)) return
  if (member) see(member, id)
  say(world, view, { id })
}

export function gap(world: World, { member, view }: Server, position: Position): void {
  if (!member) return
  Object.assign(member, { gaps: member.gaps + 1, base: position, position, got: [], owed: [] })
  if (!view) return
  const before = log.markOf(view.log).range
  log.skipRange(view.log, position)
  say(world, view, { isGap: true, position, isLoss: log.markOf(view.log).range !== before })
}

/** A message is emitted here. */
export function emit(server: Server, id: string): void {
  const { view } = server
  server.emitted = [...server.emitted, id]
  if (view) view.log.emitted = server.emitted.length
}

/** The member asks for the last messages. */
export function ask(server: Server): boolean {
  const { view } = server
  if (!view || !isTrusted(server)) return false
  view.hold = { since: log.markOf(view.log), said: [] }
  return true
}

/** The messages in the answer to a request. */
export function entriesOf({
  position: { epoch },
  entries,
}: ReadAnswer<Message>): readonly { readonly id: string | undefined; readonly position: Position }[] {
  return entries.map(({ offset, tag, message }) => ({ id: message?.id, position: { offset, tag, epoch } }))
}

/** The store has answered what the member asked for; without an answer it gets `unavailable`. */
export function recover(
  world: World,
  server: Server,
  { life, answer }: { readonly life?: number; readonly answer?: ReadAnswer<Message> },
  { includes }: Pick<typeof log, 'includes'>,
): void {
  const { view, state } = server
  const hold = view?.hold
  if (!view || !hold || life !== state?.life) return
  view.hold = undefined
  if (!answer || !isWhole(server, answer.position)) {
    for (const one of hold.said) say(world, view, one)
    return
  }
  const { position } = answer
  const span = { since: view.since, until: hold.since }
  const missed = entriesOf(answer).filter(
    (one) => !includes(view.log, { position: one.position, unkept: unkeptOf(server, one.id) }, span),
  )
  const gotFrame = !log.isQuiet(span)
  const { before, after } = merge({ missed, position, held: hold.said, isNewcomer: true, gotFrame })
  server.recovered = [...new Set([...server.recovered, ...missed.flatMap(({ id }) => id ?? [])])].toSorted()
  for (const one of before) say(world, view, one)
  for (const { id } of missed) bring(world, view, id)
  for (const one of after) say(world, view, one)
}

/** Whether the room may answer a recovery. */
function isTrusted({ state }: Server): boolean {
  return state !== undefined && state.verified && state.unpersisted === 0 && state.last !== undefined
}

/** Whether the room has reached the position at which a read for a client ended. */
function isWhole(server: Server, { epoch, offset }: Position): boolean {
  const last = server.state?.last
  return isTrusted(server) && last?.epoch === epoch && last.offset >= offset
}

/** Sends a missed message with the answer. Another recovery may send it again. */
function bring(world: World, view: View, id: string | undefined): void {
  if (id === undefined) return
  if (view.frames.includes(id)) world.broken = 'B a message is shown twice'
  view.brought = [...new Set([...view.brought, id])].toSorted()
}

function say(world: World, view: View, said: ReceivedFrame): void {
  if (view.hold) {
    view.hold.said.push(said)
    return
  }
  // The store has lost messages. Which of the remaining ones the member has got is unknown from here on.
  if (said.isLoss) Object.assign(view, { frames: [], brought: [] })
  if (said.id === undefined) return
  if (view.frames.includes(said.id) || view.brought.includes(said.id)) world.broken = 'B a message is shown twice'
  view.frames = [...view.frames, said.id].toSorted()
}

function unkeptOf({ unkept }: Server, id: string | undefined): UnkeptMessage | undefined {
  const at = unkept.findIndex((one) => one.id === id)
  const found = unkept[at]
  return found && { ...found, ordinal: at + 1 }
}

function remember(server: Server, id: string): void {
  if (!server.seen.includes(id)) server.seen = [...server.seen, id].toSorted()
}

function see(member: Client, id: string): void {
  if (!member.ids.includes(id)) member.ids.push(id)
  member.owed = member.owed.filter((owed) => owed !== id)
}
