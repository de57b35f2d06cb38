import { HubError } from '../errors.js'
import { bytesBeside } from '../connection/received-message.js'
import type { TypedMessage } from '../messages/dispatcher.js'
import type { MessageRun } from '../messages/message-run.js'
import type { Connection } from './connection.js'
import type { HubTypes } from './hub-types.js'
import type { Context } from './router.js'

/** The context of a typed message, for the router. */
export function contextOf<Types extends HubTypes>(
  connection: Connection<Types>,
  { envelope: { type, payload, id, key }, data }: TypedMessage,
  run: MessageRun | undefined,
): Context<unknown, Types> {
  return {
    connection,
    hub: connection.hub,
    type,
    payload,
    bytes: bytesBeside(data),
    id,
    key: requestKeyOf(key),
    reply: undefined,
    get signal() {
      return run ? run.signal : connection.signal
    },
  }
}

const MAX_KEY_LENGTH = 128

/** @throws HubError `invalid_message`: a key that is lost would have a request done twice */
function requestKeyOf(key: unknown): string | undefined {
  if (key === undefined) return undefined
  if (typeof key === 'string' && key.length > 0 && key.length <= MAX_KEY_LENGTH) return key
  throw new HubError('invalid_message', `The key must be a string of 1 to ${MAX_KEY_LENGTH} characters.`)
}
