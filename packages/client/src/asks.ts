import { ClientError } from './errors.js'
import type { Message } from './machine/state.js'

/** The handlers of the server's requests, by type. */
export type Handlers = Map<string, (payload: unknown) => unknown>

/** The answer to a request of the server, as JSON. It has no details if the app failed with another error than a `ClientError`. */
export async function answerOf(
  handlers: Handlers,
  { type, payload, id }: Message,
  fail: (error: unknown) => void,
): Promise<string> {
  try {
    const handler = handlers.get(type)
    if (!handler) throw new ClientError('unknown_type')
    return JSON.stringify({ type: 'reply', payload: await handler(payload), id })
  } catch (error) {
    const isKnown = error instanceof ClientError
    if (!isKnown) fail(error)
    const { code, message } = isKnown ? error : new ClientError('internal')
    return JSON.stringify({ type: 'error', payload: { code, message }, id })
  }
}
