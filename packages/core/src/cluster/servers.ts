import { HubError } from '../errors.js'
import type { ErrorReporter } from '../observability/error-reporter.js'
import { encodeEvent } from '../protocol/index.js'
import { allServers } from '../rooms/address.js'
import type { Hook } from '../util/hook.js'
import { isThenable } from '../util/thenable.js'
import type { ClusterBus } from './cluster-bus.js'
import type { ServerMessage } from './cluster-message.js'

/** Handles a message of another server. */
export type OnServerMessage = Hook<[message: ServerMessage]>

/** The most bytes of a message between servers: its type and payload as JSON. */
const MAX_SERVER_MESSAGE_BYTES = 262_144

/** The servers of a hub: the id of this server, and messages to the app's code on the others. */
export class Servers {
  /** Identifies this server among those of the hub, as long as the hub exists. */
  readonly id: string
  readonly #bus: ClusterBus
  readonly #errors: ErrorReporter<never>
  readonly #handlers = new Set<{ readonly run: OnServerMessage }>()

  /** @internal */
  constructor(bus: ClusterBus, errors: ErrorReporter<never>) {
    this.id = bus.server
    this.#bus = bus
    this.#errors = errors
  }

  /**
   * Sends a message to the `hub.onServerMessage` of every other server; not to this one, and to no client. A server that
   * can't be reached does not get it later.
   * @param type any name that does not belong to the protocol
   * @param payload any JSON value; with the type at most 262,144 bytes of JSON
   * @throws TypeError if the type belongs to the protocol or is empty, or the payload has no JSON form; HubError `too_big`
   */
  emit(type: string, payload?: unknown): void {
    const bytes = Buffer.byteLength(encodeEvent(type, payload))
    if (bytes > MAX_SERVER_MESSAGE_BYTES) {
      const text = `A message between servers has at most ${MAX_SERVER_MESSAGE_BYTES} bytes, and this one has ${bytes}.`
      throw new HubError('too_big', text)
    }
    this.#bus.send(() => ({ address: allServers(), notice: { type, payload, server: this.id } }))
  }

  /** Adds a handler. @returns a function that removes it @internal */
  listen(run: OnServerMessage): () => void {
    if (typeof run !== 'function') throw new TypeError('The handler of onServerMessage must be a function.')
    const handler = { run }
    this.#handlers.add(handler)
    return () => void this.#handlers.delete(handler)
  }

  /** Takes a message of another server. Never throws. @internal */
  receive(message: ServerMessage): void {
    for (const { run } of Array.from(this.#handlers)) void this.#run(run, message)
  }

  async #run(run: OnServerMessage, { type, payload, server }: ServerMessage): Promise<void> {
    try {
      const result = run({ type, payload, server })
      if (isThenable(result)) await result
    } catch (error) {
      this.#errors.report(error, 'server')
    }
  }
}
