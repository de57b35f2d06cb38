// The connection: one WebSocket after another, typed messages, requests with answers, and patience.

const FIRST_WAIT = 1000
const LONGEST_WAIT = 30_000
const SHORTEST_WAIT = 250
/** A connection that lasted this long was a good one: the next wait starts small again. */
const STABLE = 5000
const PATIENCE = 10_000

const RETRIED = new Set([4408, 4425, 4429])

/** 44xx is final except 4408, 4425 and 4429; everything else reconnects. */
export function isFinal(code) {
  return code >= 4400 && code <= 4499 && !RETRIED.has(code)
}

/** The milliseconds that the server asks to wait for: `retry=<ms>` in a close reason. */
export function retryHint(reason) {
  const match = /(?:^|\s)retry=(\d{1,9})(?:\s|$)/.exec(reason)
  return match ? Number(match[1]) : undefined
}

/** Full jitter: anything up to a bound that doubles with every attempt, but never at once. */
export function backoff(attempt, random = Math.random()) {
  return Math.max(SHORTEST_WAIT, random * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt))
}

export class RequestError extends Error {
  constructor(code, { message, issues }) {
    super(message)
    this.code = code
    this.issues = issues
  }
}

/**
 * Stays connected. `onStatus` is told `connecting`, `open`, `waiting` or `closed`; `onRefused` when a handshake fails,
 * which a page can't tell apart from a network that is down; `onFinal` when the server does not want it back.
 */
export class Link {
  #url
  #on
  #socket
  #status = 'closed'
  #timer
  #attempt = 0
  #pending = new Map()
  #count = 0

  constructor(url, handlers) {
    this.#url = url
    this.#on = handlers
  }

  get isOpen() {
    return this.#status === 'open'
  }

  start() {
    clearTimeout(this.#timer)
    this.#tell('connecting')
    const socket = new WebSocket(this.#url)
    this.#socket = socket
    let openedAt
    this.#timer = setTimeout(() => this.#lost(socket, { code: 1006 }), PATIENCE)
    socket.addEventListener('open', () => {
      if (socket !== this.#socket) return
      openedAt = Date.now()
      clearTimeout(this.#timer)
      this.#tell('open')
    })
    socket.addEventListener('message', ({ data }) => {
      if (socket === this.#socket) this.#take(data)
    })
    socket.addEventListener('close', ({ code, reason }) => this.#lost(socket, { code, reason, openedAt }))
  }

  /** Goes for good. */
  stop() {
    const socket = this.#socket
    this.#forget()
    this.#tell('closed')
    socket?.close(1000)
  }

  /** Does not wait any longer for the next try. */
  hurry() {
    if (this.#status === 'waiting') this.start()
  }

  /** Gives up a connection that seems dead; its close event could take minutes. */
  replace() {
    const socket = this.#socket
    if (socket) this.#lost(socket, { code: 1006, openedAt: Date.now() })
    socket?.close()
  }

  /** @returns whether it could be sent */
  send(type, payload, id) {
    if (!this.isOpen) return false
    this.#socket.send(JSON.stringify({ type, payload, id }))
    return true
  }

  request(type, payload) {
    return new Promise((resolve, reject) => {
      const id = ++this.#count
      if (!this.send(type, payload, id))
        return reject(new RequestError('closed', { message: 'There is no connection.' }))
      const timer = setTimeout(() => this.#settle(id, 'timeout', { message: 'No answer came in time.' }), PATIENCE)
      this.#pending.set(id, { resolve, reject, timer })
    })
  }

  #take(data) {
    const message = JSON.parse(data)
    const { type, payload, id } = message
    if (type === 'reply') this.#settle(id, undefined, payload)
    else if (type === 'error' && id !== undefined) this.#settle(id, payload.code, payload)
    else this.#on.onMessage(message)
  }

  #settle(id, failure, payload) {
    const request = this.#pending.get(id)
    if (!request) return
    this.#pending.delete(id)
    clearTimeout(request.timer)
    if (failure === undefined) request.resolve(payload)
    else request.reject(new RequestError(failure, payload))
  }

  #lost(socket, { code, reason = '', openedAt }) {
    if (socket !== this.#socket) return
    this.#forget()
    if (isFinal(code)) {
      this.#tell('closed')
      this.#on.onFinal(code)
      return
    }
    if (openedAt !== undefined && Date.now() - openedAt > STABLE) this.#attempt = 0
    this.#timer = setTimeout(() => this.start(), retryHint(reason) ?? backoff(this.#attempt++))
    this.#tell('waiting')
    if (openedAt === undefined) this.#on.onRefused()
  }

  #forget() {
    clearTimeout(this.#timer)
    this.#socket = undefined
    for (const id of this.#pending.keys()) this.#settle(id, 'closed', { message: 'The connection was lost.' })
  }

  #tell(status) {
    this.#status = status
    this.#on.onStatus(status)
  }
}
