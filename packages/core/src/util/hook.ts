/**
 * A function of the app whose result is ignored, and awaited if it is a promise. `=> unknown` would say the same, but then the
 * compiler must know the result, and a hook that returns what its own hub returns does not compile (TS7022).
 */
export type Hook<Parameters extends readonly unknown[]> =
  | ((...parameters: Parameters) => void)
  | ((...parameters: Parameters) => Promise<unknown>)
