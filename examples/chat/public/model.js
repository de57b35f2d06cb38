// What the page knows, without a word about how it looks.

/** Lines that the page keeps of a room; the server keeps fewer. */
const MOST_LINES = 500
/** Somebody who has not said for so long that they are typing is not. */
export const TYPING_LASTS = 5000

export class Room {
  /** The handle of the client; `undefined` if this person is not in the room. */
  held
  /** In the order in which they were said; those that the server does not have yet are at the end. */
  lines = []
  people = []
  /** The timer of the next request for the people. */
  asking
  /** Until when each person types. */
  typing = new Map()
  /** How many people are there, where the page is not. */
  size = 0
  /** The time of the last line that was looked at. */
  readAt = ''

  constructor(name) {
    this.name = name
  }

  /** Leaves the room and forgets what was said there. */
  leave() {
    this.held.leave()
    Object.assign(this, { held: undefined, lines: [], people: [], size: Math.max(0, this.people.length - 1) })
  }

  unread(me) {
    return this.lines.filter((line) => !line.pending && line.from.id !== me.id && line.time > this.readAt).length
  }

  /** Takes note that everything here has been seen. @returns whether anything was new */
  read() {
    const last = this.lines.findLast((line) => !line.pending)
    if (!last || last.time <= this.readAt) return false
    this.readAt = last.time
    return true
  }

  /**
   * Adds lines, each id once; a line that waited to be sent becomes the one that the server has.
   * @returns those that were added at the end, or `undefined` where the order of the others has changed
   */
  add(lines) {
    const known = new Map(this.lines.map((line) => [line.id, line]))
    const fresh = lines.filter(({ id }) => !known.has(id) || known.get(id).pending)
    if (fresh.length === 0) return []
    const before = this.lines.map((line) => line.id).join()
    const replaced = new Set(fresh.map((line) => line.id))
    this.lines = [...this.lines.filter((line) => !replaced.has(line.id)), ...fresh].toSorted(byState).slice(-MOST_LINES)
    const after = this.lines.map((line) => line.id)
    return after.slice(0, -fresh.length).join() === before ? fresh : undefined
  }

  /** Who types now, me aside. */
  typists(me, now = Date.now()) {
    const typing = ({ id }) => id !== me.id && (this.typing.get(id) ?? 0) > now
    return this.people.filter(typing)
  }
}

// Lines come in the room's order, which is the same for everybody; clocks of several servers would have another one.
function byState(one, other) {
  return Number(Boolean(one.pending)) - Number(Boolean(other.pending))
}

/** The rooms that the page knows of, in the server's order. */
export class Rooms {
  #byName = new Map()

  /** A room, known or new. */
  get(name) {
    const room = this.#byName.get(name) ?? new Room(name)
    this.#byName.set(name, room)
    return room
  }

  all() {
    return [...this.#byName.values()]
  }

  joined() {
    return this.all().filter((room) => room.held)
  }

  forget(name) {
    this.#byName.delete(name)
  }

  /** Takes over the server's list. Rooms that this person is in stay, whatever a new server knows of them. */
  update(list) {
    const before = this.#byName
    this.#byName = new Map(list.map(({ room }) => [room, before.get(room) ?? new Room(room)]))
    for (const { room, people } of list) this.get(room).size = people
    for (const room of before.values()) if (room.held) this.#byName.set(room.name, room)
  }
}

/** The rooms that a person is in, kept from one visit to the next. */
export class Memory {
  #key

  constructor(me) {
    this.#key = `chat.rooms.${me.id}`
  }

  load() {
    try {
      return new Map(Object.entries(JSON.parse(localStorage.getItem(this.#key) ?? '{}')))
    } catch {
      return new Map()
    }
  }

  save(rooms) {
    const joined = rooms.joined().map((room) => [room.name, room.readAt])
    localStorage.setItem(this.#key, JSON.stringify(Object.fromEntries(joined)))
  }
}

/** A room's name as the server writes it. */
export function roomNameOf(text) {
  return text.trim().normalize('NFKC').toLowerCase().replace(/\s+/g, '-')
}

/** The room that the address names: `#/lobby`. */
export function roomInHash() {
  try {
    return roomNameOf(decodeURIComponent(location.hash.slice(2)))
  } catch {
    // Somebody has typed half an escape.
    return ''
  }
}

// crypto.randomUUID exists on https and localhost alone, and the chat may be tried across a home network.
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
