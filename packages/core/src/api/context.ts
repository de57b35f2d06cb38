import { HubError } from '../errors.js'
import { bytesBeside } from '../connection/received-message.js'
import type { TypedMessage } from '../messages/dispatcher.js'
import type { MessageRun } from '../messages/message-run.js'
import type { Connection } from './connection.js'
import type { Hub } from './hub.js'
import type { HubTypes } from './hub-types.js'
import type { Context } from './router.js'

/**
 * The context of a typed message, for the router. It is a class, because V8 makes a hidden class for every object literal with a
 * getter. That takes longer than all other steps up to the handler, and only a full garbage collection frees the hidden class.
 */
export class MessageContext<Types extends HubTypes> implements Context<unknown, Types> {
  readonly connection: Connection<Types>
  readonly hub: Hub<Types>
  readonly type: string
  payload: unknown
  readonly bytes: Buffer | undefined
  readonly id: string | number | undefined
  readonly key: string | undefined
  reply: unknown = undefined
  readonly #run: MessageRun | undefined

  /** @throws HubError `invalid_message` */
  constructor(connection: Connection<Types>, { envelope, data }: TypedMessage, run: MessageRun | undefined) {
    this.connection = connection
    this.hub = connection.hub
    this.type = envelope.type
    this.payload = envelope.payload
    this.bytes = bytesBeside(data)
    this.id = envelope.id
    this.key = requestKeyOf(envelope.key)
    this.#run = run
  }

  get signal(): AbortSignal {
    return this.#run ? this.#run.signal : this.connection.signal
  }
}

const MAX_KEY_LENGTH = 128

/** @throws HubError `invalid_message` for an invalid key: without its key a repeated request would be executed twice */
function requestKeyOf(key: unknown): string | undefined {
  if (key === undefined) return undefined
  if (typeof key === 'string' && key.length > 0 && key.length <= MAX_KEY_LENGTH) return key
  throw new HubError('invalid_message', `The key must be a string of 1 to ${MAX_KEY_LENGTH} characters.`)
}
