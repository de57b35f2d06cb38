/** A listener of an emitter, to be called or removed. */
export type UpgradeListener = (...parameters: unknown[]) => unknown

/** `rawListeners()` types listeners as `Function`, which `off()` does not accept. */
export function isListener(candidate: unknown): candidate is UpgradeListener {
  return typeof candidate === 'function'
}
