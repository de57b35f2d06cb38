import type { Position } from '../cluster/broker-history.js'
import type { ClusterMessage } from '../cluster/cluster-message.js'
import { encode } from '../protocol/codec.js'

/** Names that need no escaping in JSON. Most names match, and every emit has one. */
const SIMPLE = /^[\w .:@/+~-]*$/

/** An event as JSON text that names its room. */
export function withRoom(event: string, room: string): string {
  return `${event.slice(0, -1)},"room":${SIMPLE.test(room) ? `"${room}"` : encode(room)}}`
}

/** The text of a kept event for clients; without a position if the event could not be kept. */
export function textOf({ event }: ClusterMessage, position: Position | undefined): string {
  const { offset, epoch, tag } = position ?? {}
  const place = position ? `,"offset":${offset},"epoch":${encode(epoch)},"tag":${encode(tag)}}` : '}'
  return `${event?.toString() ?? '{'}${place}`
}
