import type { Page, WebSocketRoute } from 'playwright-core'

// WebSockets of the page whose server side is scripted by the test, in orders that are rare with a real server.

/** A request of the page. */
export interface Asked {
  readonly type: string
  readonly payload: { readonly room: string; readonly offset?: number; readonly epoch?: string; readonly id?: string }
  readonly id: number
}

/** The server side of one connection of the page. */
export class ScriptedConnection {
  readonly #socket: WebSocketRoute
  readonly #asked: Asked[] = []
  #arrived = (): void => {}

  constructor(socket: WebSocketRoute) {
    this.#socket = socket
    socket.onMessage((text) => {
      const asked = JSON.parse(String(text)) as Asked
      if (asked.type === 'hub:hello') return this.reply(asked, { version: 1, connection: 'c' })
      this.#asked.push(asked)
      this.#arrived()
    })
  }

  /** The next request of a type. */
  async asked(type: string): Promise<Asked> {
    for (;;) {
      const index = this.#asked.findIndex((asked) => asked.type === type)
      const [asked] = index < 0 ? [] : this.#asked.splice(index, 1)
      if (asked) return asked
      await new Promise<void>((resolve) => (this.#arrived = resolve))
    }
  }

  send(message: object): void {
    this.#socket.send(JSON.stringify(message))
  }

  reply({ id }: Asked, payload: object): void {
    this.send({ type: 'reply', id, payload })
  }

  async close(): Promise<void> {
    await this.#socket.close({ code: 1001, reason: 'retry=0' })
  }

  line(text: string, offset: number): void {
    this.send({ type: 'line', payload: lineOf(text), room: 'lobby', ...positionOf(offset) })
  }

  /** Answers the request to join. @returns what the page said of itself */
  async join(answer: { readonly offset: number; readonly recovered: boolean }): Promise<Asked['payload']> {
    const asked = await this.asked('hub:join')
    this.reply(asked, { ...answer, ...positionOf(answer.offset), connection: 'c' })
    return asked.payload
  }

  /** Answers the request for the last lines, which were read at an offset. */
  async load(offset: number, ...lines: string[]): Promise<void> {
    this.reply(await this.asked('lines'), { lines: lines.map(lineOf), position: positionOf(offset) })
  }
}

export function lineOf(text: string): object {
  const from = { id: 'ben', name: 'Ben' }
  return { id: text, room: 'lobby', from, text, time: '2026-01-01T08:00:00.000Z' }
}

export function positionOf(offset: number): object {
  return { offset, epoch: 'one', tag: `tag ${offset}` }
}

/** Plays the WebSockets of a page. Playwright selects no subprotocol for them, and the client needs one. */
export async function play(page: Page, take: (socket: WebSocketRoute) => void): Promise<void> {
  await page.routeWebSocket('**/ws', take)
  await page.addInitScript(`
    window.WebSocket = class extends WebSocket {
      constructor(url, protocols) {
        super(url, protocols)
        Object.defineProperty(this, 'protocol', { get: () => 'wshub', set: () => {} })
      }
    }
  `)
}
