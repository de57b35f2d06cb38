import type { WebSocketClass } from './driver.js'

interface Target {
  addEventListener?(type: string, listener: () => void, options: { readonly signal: AbortSignal }): void
}

/** What there may be beside the language: in a browser all of it, elsewhere some of it. */
export const page = globalThis as Target & {
  readonly location?: { readonly href: string }
  readonly document?: Target & { readonly hidden: boolean }
  readonly navigator?: { readonly onLine?: boolean }
  readonly WebSocket?: WebSocketClass
}

/** What a browser says of the page and the network. */
export interface PageHost {
  online(): void
  wake(): void
  sleep(): void
}

/** Listens to the page. Outside of browsers there is nothing to listen to. @returns the way to stop */
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

/** Whether the browser believes that there is a network. */
export function isOnline(): boolean {
  return page.navigator?.onLine ?? true
}
