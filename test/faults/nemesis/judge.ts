import type { Emission, Happening, StoredEntry, Timeline } from './timeline.js'

/** The record of a run that the judge checks. */
export interface Evidence {
  readonly timelines: readonly Timeline[]
  readonly emissions: readonly Emission[]
  /** The entries of the store at the end, by room. */
  readonly stored: ReadonlyMap<string, readonly StoredEntry[]>
  /** The servers that were killed, with the times. Messages that no other server knew may be lost. */
  readonly killed: ReadonlyMap<number, number>
}

/** The problems, one sentence each. */
export interface Findings {
  readonly lost: string[]
  readonly falseRecovered: string[]
  readonly duplicates: string[]
  readonly disorder: string[]
  /** The most gaps that one client got in one room while it was connected. */
  readonly gaps: number
  /** The share of the stored messages that a client got that stayed connected: the lowest of all such clients. */
  readonly arrived: number
  /** Messages that a client got without a position, and those of them that the store has nevertheless. */
  readonly unkept: number
  readonly late: number
  /** Epoch changes that a client learned from a message and not from a gap. */
  readonly epochs: number
}

type Message = Extract<Happening, { kind: 'message' }>
type Loss = Extract<Happening, { kind: 'loss' }>

const isMessage = (one: Happening): one is Message => one.kind === 'message'
/** While a client is connected, only `hub:gap` reports a loss. A message of another epoch alone does not. */
const isLoss = (one: Happening): one is Loss => one.kind === 'loss' && one.how !== 'epoch'

/** Compares what clients saw with what servers emitted and the store holds. It uses no code of hubs and brokers. */
export function judge(evidence: Evidence): Findings {
  const shown = new Set(
    evidence.timelines.flatMap(({ happenings }) => happenings.filter(isMessage).map(({ id }) => id)),
  )
  const views = evidence.timelines.filter(({ happenings }) => happenings.some(({ kind }) => kind === 'begun'))
  const owed = (room: string): Owed[] => owedIn(room, evidence, shown)
  const rooms = new Map([...new Set(views.map(({ room }) => room))].map((room) => [room, owed(room)]))
  const each = <T>(look: (view: Timeline, owed: readonly Owed[]) => T): T[] =>
    views.map((view) => look(view, rooms.get(view.room) ?? []))
  const unkept = new Set(
    views.flatMap(({ happenings }) => happenings.filter(isMessage).flatMap(({ id, position }) => (position ? [] : id))),
  )
  const kept = new Set([...evidence.stored.values()].flat().map(({ id }) => id))
  return {
    lost: each(lostIn).flat(),
    falseRecovered: each((view) => falselyRecovered(view, knownOf(evidence, view.room))).flat(),
    duplicates: each(duplicatesIn).flat(),
    disorder: each(disorderIn).flat(),
    gaps: Math.max(
      0,
      ...each(({ happenings }) => happenings.filter((it) => isLoss(it) && it.how !== 'refused').length),
    ),
    arrived: Math.min(1, ...each(arrivedIn)),
    unkept: unkept.size,
    late: [...unkept].filter((id) => kept.has(id)).length,
    epochs: each(({ happenings }) => happenings.filter((it) => it.kind === 'loss' && it.how === 'epoch').length).reduce(
      (a, b) => a + b,
      0,
    ),
  }
}

/** A message that every client of its room must see, unless a gap reports it. */
interface Owed extends Emission {
  /** Its position in the store. */
  readonly offset: number | undefined
}

function owedIn(room: string, { emissions, stored, killed }: Evidence, shown: ReadonlySet<string>): Owed[] {
  const offsets = new Map((stored.get(room) ?? []).map(({ id, offset }) => [id, offset]))
  return emissions
    .filter((emission) => emission.room === room)
    .map((emission) => ({ ...emission, offset: offsets.get(emission.id) }))
    .filter(({ id, server, offset }) => offset !== undefined || shown.has(id) || !killed.has(server))
}

/** Messages that a client did not see, without a gap after their emission at their position or a later one. */
function lostIn({ happenings, name, room }: Timeline, owed: readonly Owed[]): string[] {
  const begun = happenings.find(({ kind }) => kind === 'begun')?.at ?? Infinity
  const seen = new Set(happenings.filter(isMessage).map(({ id }) => id))
  const losses = happenings.filter(isLoss)
  const epoch = happenings.findLast((it) => isMessage(it) && it.position !== undefined) as Message | undefined
  const excused = (message: Owed): boolean =>
    losses.some(({ at, position }) => {
      if (at < message.at) return false
      const comparable = message.offset !== undefined && position.epoch === epoch?.position?.epoch
      return !comparable || (message.offset ?? 0) <= position.offset
    })
  return owed
    .filter((message) => message.at > begun && !seen.has(message.id) && !excused(message))
    .map(({ id, offset }) => `${name} in ${room} misses ${id}${offset === undefined ? '' : ` (offset ${offset})`}`)
}

/** Answers `recovered: true` to a client that does not have every message of the store up to the position of the answer. */
function falselyRecovered({ happenings, name, room }: Timeline, all: readonly Known[]): string[] {
  return happenings.flatMap((one, index) => {
    if (one.kind !== 'recovered') return []
    const before = happenings.slice(0, index)
    const { epoch } = one.position
    const stored = all.filter((entry) => entry.emitted < one.at && (entry.epoch ?? epoch) === epoch)
    const byOffset = new Map(stored.map(({ offset, id }) => [offset, id]))
    const cut = before.findLastIndex((it) => it.kind === 'begun' || it.kind === 'loss')
    const floor = (before[cut] as Loss | undefined)?.position ?? one.from
    const messages = before.filter(isMessage)
    const seen = new Set(messages.map(({ id }) => id))
    const missing = stored.filter(
      ({ offset, id }) => offset <= one.position.offset && offset > one.from.offset && id !== '' && !seen.has(id),
    )
    const wrong = before
      .slice(cut + 1)
      .filter(isMessage)
      .filter(
        ({ id, position }) =>
          position !== undefined &&
          position.epoch === one.position.epoch &&
          position.offset > floor.offset &&
          position.offset <= one.from.offset &&
          byOffset.has(position.offset) &&
          byOffset.get(position.offset) !== id,
      )
    if (missing.length + wrong.length === 0) return []
    const claim = `${name} in ${room} recovered from ${one.from.offset} to ${one.position.offset}`
    return [`${claim}, misses ${missing.length}, saw ${wrong.length} that the store does not have there`]
  })
}

/** An entry of the store with the time of its emission. An answer is judged only by entries that were emitted before it. */
interface Known extends StoredEntry {
  readonly emitted: number
}

function knownOf({ stored, emissions }: Evidence, room: string): Known[] {
  const times = new Map(emissions.map(({ id, at }) => [id, at]))
  return (stored.get(room) ?? []).map((entry) => ({ ...entry, emitted: times.get(entry.id) ?? 0 }))
}

function duplicatesIn({ happenings, name, room }: Timeline): string[] {
  const seen = new Set<string>()
  return happenings.flatMap((one, index) => {
    if (!isMessage(one)) return []
    const { id } = one
    if (seen.has(id) && !isRepeated(happenings.slice(0, index), one)) return [`${name} in ${room} got ${id} twice`]
    seen.add(id)
    return []
  })
}

/** After the client got this message, a loss moved it to a position before the message, so it must get the message again. */
function isRepeated(before: readonly Happening[], { id, position }: Message): boolean {
  const first = before.findIndex((it) => isMessage(it) && it.id === id)
  const isBefore = (start: Loss['position']): boolean =>
    start.epoch === position?.epoch && start.offset < position.offset
  return first >= 0 && before.slice(first).some((it) => isLoss(it) && isBefore(it.position))
}

/** Messages whose offset does not rise within an epoch, and kept messages of one server in another order than it emitted them. */
function disorderIn({ happenings, name, room }: Timeline): string[] {
  const last = new Map<string, number>()
  const rises = (what: string, value: number): string[] => {
    const before = last.get(what) ?? -1
    last.set(what, value)
    return value > before ? [] : [`${name} in ${room} got ${value} after ${before} of ${what}`]
  }
  return happenings.flatMap((one, index) => {
    if (!isMessage(one) || !one.position) return []
    const { id, position, connection } = one
    const [server = '', count] = id.slice(1, -1).split('.')
    return [
      ...rises(`epoch ${position.epoch} on connection ${connection}`, position.offset),
      ...(isRepeated(happenings.slice(0, index), one) ? [] : rises(`server ${server}`, Number(count))),
    ]
  })
}

function arrivedIn({ happenings }: Timeline, owed: readonly Owed[]): number {
  if (happenings.filter(({ kind }) => kind === 'begun' || kind === 'left').length > 1) return 1
  const begun = happenings.find(({ kind }) => kind === 'begun')?.at ?? Infinity
  const seen = new Set(happenings.filter(isMessage).map(({ id }) => id))
  const kept = owed.filter(({ offset, at }) => offset !== undefined && at > begun)
  return kept.length === 0 ? 1 : kept.filter(({ id }) => seen.has(id)).length / kept.length
}
