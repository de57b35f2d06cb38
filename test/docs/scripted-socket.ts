import type { WebSocketClass, WebSocketLike } from '@wshub/client'

type Listener = (event: object) => void

/** A socket that opens, is greeted, and is closed by its server. */
export class ScriptedSocket implements WebSocketLike {
  binaryType = 'blob'
  readonly protocol = 'wshub'
  readonly bufferedAmount = 0
  readonly #listeners = new Map<string, Listener>()

  constructor(ending: { readonly code: number; readonly reason: string }) {
    queueMicrotask(() => {
      this.#tell('open', {})
      queueMicrotask(() => this.#tell('close', ending))
    })
  }

  /** A class of such sockets. */
  static closing(code: number, reason: string): WebSocketClass {
    function Closing(): ScriptedSocket {
      return new ScriptedSocket({ code, reason })
    }
    return Closing as unknown as WebSocketClass
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, listener)
  }

  send(text: string | Uint8Array): void {
    const { type, id } = JSON.parse(String(text)) as { readonly type: string; readonly id: number }
    if (type === 'hub:hello') this.#tell('message', { data: `{"type":"reply","payload":{"version":1},"id":${id}}` })
  }

  close(): void {
    this.#listeners.clear()
  }

  #tell(type: string, event: object): void {
    this.#listeners.get(type)?.(event)
  }
}
