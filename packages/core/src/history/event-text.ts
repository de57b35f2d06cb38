import type { Position } from '../cluster/broker-history.js'
import type { ClusterMessage } from '../cluster/cluster-message.js'
import { encode } from '../protocol/codec.js'

/** Names that need no escaping in JSON. Most names match, which saves most emits a call of `encode`. */
const SIMPLE = /^[\w .:@/+~-]*$/

/** Adds the name of its room to the JSON text of an event. */
export function withRoom(event: string, room: string): string {
  return `${event.slice(0, -1)},"room":${SIMPLE.test(room) ? `"${room}"` : encode(room)}}`
}

/** The text of a kept event for clients; without a position if the event could not be kept. */
export function textOf({ event }: ClusterMessage, position: Position | undefined): string {
  const { offset, epoch, tag } = position ?? {}
  const place = position ? `,"offset":${offset},"epoch":${encode(epoch)},"tag":${encode(tag)}}` : '}'
  return `${event?.toString() ?? '{'}${place}`
}
