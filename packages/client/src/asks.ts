import { encodeBinaryEnvelope, isWithBytes } from '@wshub/core/protocol'
import { ClientError } from './errors.js'
import type { Message } from './machine/state.js'
import type { Awaitable } from './options.js'
import type { Beside, EventPayload } from './types.js'

/** Answers a request of the server. A reply with bytes is `withBytes(payload, bytes)`. */
export type AskHandler<Payload, Reply> = (
  payload: EventPayload<Payload>,
  beside: { readonly bytes: Uint8Array | undefined } & Beside<Payload>,
) => Awaitable<Reply>

/** The handlers of the server's requests, by type. */
export type Handlers = Map<string, AskHandler<unknown, unknown>>

/**
 * The answer to a request of the server, as a frame. Any error other than a `ClientError` is passed to `fail`, and the server
 * gets only the code `internal`.
 */
export async function answerOf(
  handlers: Handlers,
  { type, payload, id, bytes }: Message,
  fail: (error: unknown) => void,
): Promise<string | Uint8Array> {
  try {
    const handler = handlers.get(type)
    if (!handler) throw new ClientError('unknown_type')
    const reply = await handler(payload, { bytes })
    if (!isWithBytes(reply)) return JSON.stringify({ type: 'reply', payload: reply, id })
    return encodeBinaryEnvelope(JSON.stringify({ type: 'reply', payload: reply.payload, id }), reply.bytes)
  } catch (error) {
    const isKnown = error instanceof ClientError
    if (!isKnown) fail(error)
    const { code, message } = isKnown ? error : new ClientError('internal')
    return JSON.stringify({ type: 'error', payload: { code, message }, id })
  }
}
