import type { WebSocketClass } from './websocket-like.js'

interface ListenOptions {
  readonly signal: AbortSignal
  readonly capture: boolean
}

/** Globals that are not part of the language. Browsers have all of them, other runtimes some. */
export const page = globalThis as {
  addEventListener?(type: string, listener: () => void, options: ListenOptions): void
  readonly location?: { readonly href: string }
  readonly document?: { readonly hidden: boolean }
  readonly navigator?: { readonly onLine?: boolean }
  readonly WebSocket?: WebSocketClass
}

/** Listens to the page. Outside of browsers it has no effect. @returns a function that stops it */
export function watchPage(look: () => void, sleep: () => void): () => void {
  const over = new AbortController()
  const on = (types: string, listener: () => void): void => {
    // A capturing listener of the window receives the events of its document too.
    for (const type of types.split(' ')) page.addEventListener?.(type, listener, { signal: over.signal, capture: true })
  }
  on('online offline pageshow resume visibilitychange', () => page.document?.hidden || look())
  on('pagehide', sleep)
  return () => over.abort()
}

/** Whether the browser reports a network. */
export function isOnline(): boolean {
  return page.navigator?.onLine ?? true
}
