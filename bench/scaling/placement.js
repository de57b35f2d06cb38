import { below, ranks, seeded } from './random.js'

/**
 * Which server each connection comes to:
 * - `random`: any, as DNS or a balancer that draws;
 * - `least`: the one with the fewest connections, as a balancer that counts;
 * - `room`: the one that the name of its first room stands for, as a balancer that hashes the path.
 */
export const PLACEMENTS = {
  random: ({ random, servers }) => below(random, servers),
  least: ({ load }) => load.indexOf(Math.min(...load)),
  room: ({ room, servers }) => hash(nameOf(room)) % servers,
}

/** The name of a room. @param history whether it is one of those that remember */
export function nameOf(room, history = false) {
  return `${history ? 'log' : 'room'}-${room}`
}

/**
 * Gives every connection its rooms and a server. The same scenario gives the same placement.
 * @returns `home[connection]` is a server, `rooms[connection]` a list, and `members[room * servers + server]` a number
 */
export function place({ servers, connections, rooms, roomsEach = 1, exponent = 0, placement = 'random', seed = 1 }) {
  if (roomsEach > rooms) throw new RangeError(`Nobody can be in ${roomsEach} of ${rooms} rooms.`)
  const choose = PLACEMENTS[placement]
  if (!choose)
    throw new RangeError(`There is no placement ${placement}; known are: ${Object.keys(PLACEMENTS).join(', ')}.`)
  const random = seeded(seed)
  const draw = ranks(random, { count: rooms, exponent })
  const load = Array.from({ length: servers }, () => 0)
  const placed = { servers, home: new Uint16Array(connections), rooms: [], members: new Uint32Array(rooms * servers) }
  for (let connection = 0; connection < connections; connection += 1) {
    const own = new Set()
    while (own.size < roomsEach) own.add(draw())
    const [room] = own
    const server = choose({ random, servers, load, room })
    load[server] += 1
    placed.home[connection] = server
    placed.rooms.push([...own])
    for (const one of own) placed.members[one * servers + server] += 1
  }
  return placed
}

/** Messages, each from somebody to one of their rooms. */
export function drawMessages({ rooms }, { count, seed = 2 }) {
  const random = seeded(seed)
  return Array.from({ length: count }, () => {
    const sender = below(random, rooms.length)
    return { sender, room: rooms[sender][below(random, rooms[sender].length)] }
  })
}

/** FNV-1a. */
function hash(text) {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value >>> 0
}
