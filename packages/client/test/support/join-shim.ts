import { WebSocket } from 'ws'

// A stand-in until hubs answer `hub:join` themselves: it asks the app to let the connection in, then recovers with
// `hub:recover`, and answers in the words of `hub:join`. Everything else passes. To be removed with the app's `let in` and
// `let out` of the tests.

type Listener = (event: object) => void

interface Envelope {
  readonly type: string
  readonly id?: unknown
  readonly payload?: { readonly room?: string; readonly code?: string }
}

/** A class of sockets for clients of a hub without `hub:join`. */
export class JoiningSocket extends WebSocket {
  readonly #joins = new Map<unknown, string>()

  override send(data: never): void {
    const { type, id, payload } = JSON.parse(String(data)) as Envelope
    if (type === 'hub:leave') super.send(JSON.stringify({ type: 'let out', id, payload }))
    else if (type !== 'hub:join') super.send(data)
    else {
      this.#joins.set(
        `in ${String(id)}`,
        JSON.stringify({ type: 'hub:recover', id, payload: { ...payload, payload: undefined } }),
      )
      this.#joins.set(id, '')
      super.send(JSON.stringify({ type: 'let in', id: `in ${String(id)}`, payload: { room: payload?.room } }))
    }
  }

  override addEventListener(type: never, listener: Listener): void {
    const through = (event: { readonly data?: unknown }): void => {
      const data = this.#translate(event.data)
      if (data !== undefined) listener({ data })
    }
    super.addEventListener(type, type === 'message' ? through : listener)
  }

  /** @returns what the client gets of a message, if anything */
  #translate(data: unknown): unknown {
    if (typeof data !== 'string') return data
    const message = JSON.parse(data) as Envelope
    const { type, id, payload } = message
    const then = this.#joins.get(id)
    if (then === undefined) return data
    this.#joins.delete(id)
    if (then === '') return payload?.code === 'no_history' ? JSON.stringify({ type: 'reply', id, payload: {} }) : data
    if (type === 'reply') super.send(then)
    else return JSON.stringify({ ...message, id: Number(String(id).slice(3)) })
    return undefined
  }
}
