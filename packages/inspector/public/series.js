/** Points that are kept: a quarter of an hour. */
const MAX_POINTS = 180

/** Sums and rates of all servers over time, from the moment when the page was opened. */
export class Series {
  /** Oldest first. */
  points = []
  openedAt = Date.now()
  /** What has happened since the page was opened, by reason or type. */
  since = { closed: {}, refused: {}, rejected: {}, types: {} }
  #before = new Map()

  /** Takes the counts of all servers. @param now milliseconds */
  add({ servers, bounds = [] }, now = Date.now()) {
    const steps = servers.flatMap((server) => this.#stepOf(server, now))
    const sum = (read) => servers.reduce((total, server) => total + numberOf(read(server)), 0)
    const perSecond = (read) => sumOrNothing(steps.map((step) => step.rate(read)))
    const point = {
      time: now,
      connections: sum(({ connections }) => connections),
      users: sum(({ users }) => users),
      rooms: sum(({ rooms }) => rooms),
      buffered: sum(({ memory }) => memory?.sending),
      messagesIn: perSecond(({ traffic }) => traffic?.messagesIn),
      messagesOut: perSecond(({ traffic }) => traffic?.messagesOut),
      bytesIn: perSecond(({ traffic }) => traffic?.bytesIn),
      bytesOut: perSecond(({ traffic }) => traffic?.bytesOut),
      dropped: perSecond(({ dropped }) => dropped),
      ...quantiles(steps, bounds),
    }
    for (const name of Object.keys(this.since)) point[name] = this.#reasons(name, steps)
    this.points.push(point)
    if (this.points.length > MAX_POINTS) this.points.shift()
    return point
  }

  #stepOf(server, now) {
    const before = this.#before.get(server.server)
    this.#before.set(server.server, { server, now })
    return before && now > before.now ? [new Step(before.server, server, (now - before.now) / 1000)] : []
  }

  /** What has happened in this step, by reason. */
  #reasons(name, steps) {
    const happened = {}
    for (const step of steps) {
      for (const reason of Object.keys(step.after[name] ?? {})) {
        const more = step.difference((server) => server[name]?.[reason])
        if (more > 0) happened[reason] = (happened[reason] ?? 0) + more
      }
    }
    for (const [reason, more] of Object.entries(happened)) {
      this.since[name][reason] = (this.since[name][reason] ?? 0) + more
    }
    return happened
  }
}

/** One server from one answer to the next. */
class Step {
  constructor(before, after, seconds) {
    this.before = before
    this.after = after
    this.seconds = seconds
  }

  /** A counter never goes back. */
  difference(read) {
    return Math.max(0, numberOf(read(this.after)) - numberOf(read(this.before)))
  }

  rate(read) {
    return this.difference(read) / this.seconds
  }
}

/** How long the handlers took that ended in this step, on all servers. */
function quantiles(steps, bounds) {
  const measured = steps.filter(({ before, after }) => before.handlers && after.handlers)
  const buckets = Array.from({ length: bounds.length + 1 }, (_, index) =>
    measured.reduce((sum, step) => sum + step.difference(({ handlers }) => handlers.buckets?.[index]), 0),
  )
  const total = buckets.reduce((sum, one) => sum + one, 0)
  if (total === 0) return { p50: undefined, p99: undefined }
  return { p50: quantile(buckets, bounds, total / 2), p99: quantile(buckets, bounds, total * 0.99) }
}

function quantile(buckets, bounds, rank) {
  let below = 0
  let lower = 0
  for (const [index, upper] of bounds.entries()) {
    const inside = buckets[index]
    if (inside > 0 && below + inside >= rank) return lower + ((upper - lower) * (rank - below)) / inside
    below += inside
    lower = upper
  }
  return lower
}

function sumOrNothing(values) {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0)
}

function numberOf(value) {
  return Number.isFinite(value) ? value : 0
}
