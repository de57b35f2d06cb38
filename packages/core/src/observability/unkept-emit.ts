import { quote } from '../errors.js'
import { decodeEnvelope } from '../protocol/index.js'
import type { Warnings } from './warnings.js'

/** The parts of a hub that know which rooms of this server keep a history, and that warn. */
interface RoomHistories {
  readonly streams: {
    /** @returns `undefined` if the room keeps no history */
    placeOf(room: string): unknown
  }
  readonly warnings: Warnings
}

/**
 * Warns of an event of another server that is not kept although its room has a history here: a server that does not know of the
 * history sends its events as frames.
 */
export function warnUnkeptEmit(
  { streams, warnings }: RoomHistories,
  room: string | undefined,
  { payload }: { readonly payload: string | Uint8Array },
): void {
  if (room === undefined || typeof payload !== 'string' || !warnings.isDue('WSHUB_UNKEPT_EMIT')) return
  // Only emit() names the room: what send() and json() send is never kept.
  if (!streams.placeOf(room) || !payload.includes('"room"')) return
  const { room: named } = (decodeEnvelope(payload) ?? {}) as { readonly room?: unknown }
  if (named === room) warnings.warn('WSHUB_UNKEPT_EMIT', `The room is ${quote(room)}.`)
}
