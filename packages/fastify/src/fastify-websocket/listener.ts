/** A listener of an emitter, to be called or removed. */
export type Listener = (...parameters: unknown[]) => unknown

/** `rawListeners()` types listeners as `Function`, which `off()` does not accept. */
export function isListener(candidate: unknown): candidate is Listener {
  return typeof candidate === 'function'
}
