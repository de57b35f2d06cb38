import type { Envelope } from '../protocol/index.js'
import type { Connection } from './connection.js'
import type { Context } from './router.js'

/** The context of a typed message, for the router. */
export function contextOf<Data, Events extends object>(
  connection: Connection<Data, Events>,
  { type, payload, id }: Envelope,
): Context<unknown, Data, Events> {
  return {
    connection,
    hub: connection.hub,
    type,
    payload,
    id,
    reply: undefined,
    get signal() {
      return connection.signal
    },
  }
}
