/*
 * How long what travels is: the frame in its parcel, the parcel in its envelope, the envelope in the protocol of Redis.
 */

const PARCEL_HEAD = 5
const ENVELOPE = 2 + 16

/** A message for a room between servers. @param size bytes of its payload */
export function sizes({ prefix = 'wshub', hub = 'scaling', room, size, sharded = true }) {
  const channel = `${prefix}:{${encodeURIComponent(hub)}/room/${encodeURIComponent(room)}}`
  const label = JSON.stringify({ scope: 'room', names: [room], except: [] })
  const sealed = ENVELOPE + PARCEL_HEAD + Buffer.byteLength(label) + frameHead(size) + size
  const words = sharded ? ['SPUBLISH', 'smessage'] : ['PUBLISH', 'message']
  const [command, copy] = words.map((word) => list(bulk(word.length), bulk(channel.length), bulk(sealed)))
  return { channel, sealed, command, copy }
}

/** What Redis answers to a publish. */
export function answer(reached) {
  return 1 + String(reached).length + 2
}

function frameHead(size) {
  return size < 126 ? 2 : size < 65_536 ? 4 : 10
}

function bulk(length) {
  return 1 + String(length).length + 2 + length + 2
}

function list(...items) {
  return 1 + String(items.length).length + 2 + items.reduce((sum, item) => sum + item, 0)
}
