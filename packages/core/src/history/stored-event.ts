import type { Replay } from '../cluster/broker-history.js'
import { type ClusterMessage, decodeMessage } from '../cluster/cluster-message.js'
import type { ReadAnswer } from './stream-machine/state.js'

/** The answer of a store to a read of this server, with its messages decoded. */
export function answerOf({ entries, ...replay }: Replay): ReadAnswer<ClusterMessage> {
  return {
    ...replay,
    entries: entries.map(({ offset, tag, bytes }) => ({ offset, tag, message: eventIn(bytes) })),
  }
}

/** The event of a room in these bytes; `undefined` if this server can't read them. */
export function eventIn(bytes: Uint8Array): ClusterMessage | undefined {
  const message = decodeMessage(bytes)
  return message?.event && message.address.scope === 'room' ? message : undefined
}
