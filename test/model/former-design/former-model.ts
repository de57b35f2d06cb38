import type { Model, Step } from '../explorer.js'
import { clone, hashOf } from '../plain.js'
import { FIRST, Log, type Former, type FormerBounds, type Server } from './former-log.js'

// The former design of rooms with history: the log of a room, and the decisions of the scripts of the store.

export function formerModel(bounds: FormerBounds): Model<Former> {
  return {
    initial: () => [newFormer(bounds)],
    steps: (former) => stepsOf(former, bounds),
    violations: (former) => violationsOf(former, bounds),
    key: hashOf,
  }
}

function newFormer({ timeouts = 0, rollbacks = 0, members = [true, true] }: FormerBounds): Former {
  const servers = members.map((hasMembers): Server => ({
    commands: [],
    replies: [],
    link: [],
    sequence: { held: [], past: [], standing: hasMembers ? FIRST : undefined },
    filling: false,
    wanted: false,
    torn: 0,
    mending: 0,
    turns: [],
    hasMembers,
    ids: [],
    gaps: 0,
    base: FIRST,
    position: FIRST,
  }))
  const store = { epoch: 'E1', offset: 0, log: [] }
  return { emitted: 0, epochs: 2, timeouts, rollbacks, store, snapshot: undefined, servers }
}

function stepsOf(former: Former, bounds: FormerBounds): Step<Former>[] {
  const go = (label: string, index: number, run: (log: Log, draft: Former) => void): Step<Former> => ({
    label: `${label}@s${index}`,
    run: () => {
      const draft = clone(former)
      run(new Log(draft, index, bounds), draft)
      return draft
    },
  })
  const steps = former.servers.flatMap((server, index): Step<Former>[] => {
    const { commands, replies, link, torn, mending } = server
    const isPending = replies.length > 0 || commands.some(({ late }) => !late)
    return [
      ...(former.emitted < bounds.emits ? [go(`emit m${former.emitted}`, index, emit)] : []),
      ...(commands[0] ? [go(`execute ${commands[0].kind}`, index, (log) => log.execute())] : []),
      ...(replies[0] ? [go(`reply ${replies[0].kind}`, index, (log) => log.reply())] : []),
      ...(link[0] ? [go(`link ${link[0].id}`, index, (log) => log.receive())] : []),
      ...(torn > 0 && mending === 0 ? [go('mend', index, (log) => log.mend())] : []),
      ...(former.timeouts > 0 && isPending && !bounds.hang ? [go('timeout', index, timeOut(index))] : []),
    ]
  })
  return [...steps, ...hangs(former, bounds), ...losses(former)]
}

function emit(log: Log, draft: Former): void {
  log.emit(`m${draft.emitted}`)
  draft.emitted += 1
}

function timeOut(index: number) {
  return (log: Log, draft: Former): void => {
    draft.timeouts -= 1
    const reply = draft.servers[index]?.replies.shift()
    const command = reply ? undefined : draft.servers[index]?.commands.find(({ late }) => !late)
    if (command) command.late = true
    const failed = reply ?? command
    if (failed) log.fail(failed)
  }
}

function isWaiting({ commands }: Server): boolean {
  return commands.some(({ late }) => !late)
}

function hangs(former: Former, bounds: FormerBounds): Step<Former>[] {
  if (!bounds.hang || former.timeouts === 0 || !former.servers.every(isWaiting)) return []
  const run = (): Former => {
    const draft = clone(former)
    draft.timeouts -= 1
    for (const [index, { commands }] of draft.servers.entries()) {
      for (const command of commands.filter(({ late }) => !late)) {
        command.late = true
        new Log(draft, index, bounds).fail(command)
      }
    }
    return draft
  }
  return [{ label: 'HANG', run }]
}

function losses(former: Former): Step<Former>[] {
  const { rollbacks: left, snapshot, store } = former
  if (left === 0) return []
  if (!snapshot) return [{ label: 'snapshot', run: () => ({ ...former, snapshot: store }) }]
  if (hashOf(snapshot) === hashOf(store)) return []
  return [{ label: 'ROLLBACK', run: () => ({ ...former, rollbacks: left - 1, store: snapshot, snapshot: undefined }) }]
}

function settle(draft: Former, bounds: FormerBounds): void {
  for (let did = true; did;) {
    did = false
    for (const [index, server] of draft.servers.entries()) {
      const log = new Log(draft, index, bounds)
      const { commands, replies, link } = server
      did ||= commands.length + replies.length + link.length > 0 || (server.torn > 0 && server.mending === 0)
      while (server.commands.length > 0) log.execute()
      while (server.replies.length > 0) log.reply()
      while (server.link.length > 0) log.receive()
      log.mend()
    }
  }
}

function violationsOf(former: Former, bounds: FormerBounds): string[] {
  const broken = former.servers.some((server) => server.hasMembers && recoversFalsely(former, server))
    ? ['D3 recovered: true is false']
    : []
  if (former.servers.some(({ commands, replies, link }) => commands.length + replies.length + link.length > 0)) {
    return broken
  }
  const settled = clone(former)
  settle(settled, bounds)
  if (settled.servers.some(({ turns }) => turns.length > 0)) broken.push('D5 a turn never ends')
  if (settled.servers.some((server) => server.hasMembers && recoversFalsely(settled, server))) {
    broken.push('D4 kept messages are stepped over in silence')
  }
  return [...broken, ...deaf(settled, bounds)]
}

/** The store knows the client's position, and before it is a message that the client has not seen. */
function recoversFalsely({ store }: Former, { position, base, ids }: Server): boolean {
  if (position.epoch !== store.epoch || position.offset > store.offset) return false
  return store.log.some(({ offset, id }) => offset > base.offset && offset <= position.offset && !ids.includes(id))
}

function deaf(settled: Former, bounds: FormerBounds): string[] {
  for (const index of settled.servers.keys()) {
    const draft = clone(settled)
    new Log(draft, index, bounds).emit('probe')
    settle(draft, bounds)
    const isDeaf = draft.servers.some(
      ({ hasMembers, ids, gaps }, at) => hasMembers && !ids.includes('probe') && gaps === settled.servers[at]?.gaps,
    )
    if (isDeaf)
      return [settled.rollbacks < (bounds.rollbacks ?? 0) ? 'D2 deaf after a rollback' : 'D1 deaf after a hang']
  }
  return []
}
