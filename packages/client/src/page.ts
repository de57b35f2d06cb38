import { SUBPROTOCOL } from '@wshub/core/protocol'
import type { WebSocketClass, WebSocketLike } from './driver.js'
import { ClientError } from './errors.js'

interface Target {
  addEventListener?(type: string, listener: () => void, options: { readonly signal: AbortSignal }): void
}

/** The globals beside the language: browsers have all of them, other runtimes some. */
export const page = globalThis as Target & {
  readonly location?: { readonly href: string }
  readonly document?: Target & { readonly hidden: boolean }
  readonly navigator?: { readonly onLine?: boolean }
  readonly WebSocket?: WebSocketClass
}

/** Begins a handshake. @throws ClientError `no_websocket` */
export function newSocket(
  path: string,
  token: string | undefined,
  Socket: WebSocketClass | undefined = page.WebSocket,
): WebSocketLike {
  if (!Socket) throw new ClientError('no_websocket')
  const { href } = new URL(path, page.location?.href)
  return new Socket(href.replace(/^http/, 'ws'), token ? [SUBPROTOCOL, `bearer.${token}`] : [SUBPROTOCOL])
}

/** Events of the page and the network. */
export interface PageHost {
  online(): void
  wake(): void
  sleep(): void
}

/** Listens to the page. Outside of browsers it has no effect. @returns a function that stops it */
export function watchPage(host: PageHost): () => void {
  const over = new AbortController()
  const on = (target: Target | undefined, types: string, listener: () => void): void => {
    for (const type of types.split(' ')) target?.addEventListener?.(type, listener, { signal: over.signal })
  }
  on(page, 'online offline', () => host.online())
  on(page, 'pageshow', () => host.wake())
  on(page, 'pagehide', () => host.sleep())
  on(page.document, 'resume visibilitychange', () => page.document?.hidden || host.wake())
  return () => over.abort()
}

/** Whether the browser reports a network. */
export function isOnline(): boolean {
  return page.navigator?.onLine ?? true
}
