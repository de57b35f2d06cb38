import { once } from 'node:events'
import WebSocket from 'ws'

/** A typed message as it is received. */
export interface Message {
  readonly type: string
  readonly payload?: unknown
  readonly id?: string | number
}

type Sent = Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> }

/** A client of the chat without a browser: REST with cookies, and a plain WebSocket. */
export class ChatClient {
  readonly #url: string
  readonly #lines: Line[] = []
  #cookie = ''

  constructor(url: string) {
    this.#url = url
  }

  static loggedIn(url: string, name: string): Promise<ChatClient> {
    return new ChatClient(url).logIn(name)
  }

  async logIn(name: string): Promise<this> {
    const { status } = await this.call('POST', '/login', { name })
    if (status !== 200) throw new Error(`The login of ${name} was answered with ${status}.`)
    return this
  }

  /** Closes every WebSocket that is still open. */
  async leave(): Promise<void> {
    await Promise.all(this.#lines.map((line) => line.close()))
  }

  get cookie(): string {
    return this.#cookie
  }

  call(method: string, path: string, body?: unknown): Promise<Response> {
    const json = body === undefined ? {} : { body: JSON.stringify(body) }
    return this.send(method, path, { ...json, headers: { 'Content-Type': 'application/json' } })
  }

  async send(method: string, path: string, { headers, ...init }: Sent): Promise<Response> {
    const response = await fetch(this.#url + path, { ...init, method, headers: { ...headers, Cookie: this.#cookie } })
    for (const cookie of response.headers.getSetCookie()) this.#cookie = cookie.split(';')[0] ?? ''
    return response
  }

  /** Opens a WebSocket. @throws Error whose message is the status that was answered instead */
  async connect(headers: Record<string, string> = {}): Promise<Line> {
    const socket = new WebSocket(`${this.#url.replace('http', 'ws')}/ws`, {
      headers: { Cookie: this.#cookie, ...headers },
    })
    const line = new Line(socket)
    await once(socket, 'open')
    this.#lines.push(line)
    return line
  }
}

/** An open WebSocket that keeps what it receives. */
export class Line {
  /** Resolves when it has closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  readonly #socket: WebSocket
  readonly #messages: Message[] = []
  readonly #waiting: (() => void)[] = []
  #count = 0

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => {
      this.#messages.push(JSON.parse(data.toString()) as Message)
      for (const wake of this.#waiting.splice(0)) wake()
    })
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
  }

  /** The first unread message that the predicate accepts; the others stay unread. */
  async next(accepts: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const index = this.#messages.findIndex(accepts)
      const [message] = index < 0 ? [] : this.#messages.splice(index, 1)
      if (message) return message
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
    }
  }

  /** The payload of the next message of a type. */
  async event<Payload>(type: string): Promise<Payload> {
    const { payload } = await this.next((message) => message.type === type)
    return payload as Payload
  }

  /** Sends a request. @returns the answer: a reply or an error */
  async ask(type: string, payload?: unknown): Promise<Message> {
    const id = ++this.#count
    this.#socket.send(JSON.stringify({ type, payload, id }))
    return this.next((message) => message.id === id)
  }

  /** Sends a request and expects a reply. @returns its payload */
  async request<Reply>(type: string, payload?: unknown): Promise<Reply> {
    const answer = await this.ask(type, payload)
    if (answer.type !== 'reply') throw new Error(`"${type}" was answered with ${JSON.stringify(answer.payload)}.`)
    return answer.payload as Reply
  }

  /** Stops reading, so that it does not see a close frame either. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  terminate(): void {
    this.#socket.terminate()
  }

  async close(): Promise<void> {
    this.#socket.close()
    await this.closed
  }
}
