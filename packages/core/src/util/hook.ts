/**
 * A function of the app whose result is ignored, and awaited if it is a promise. `=> unknown` would mean the same, but then the
 * compiler must infer the result, and a hook that returns a result of its own hub does not compile (TS7022).
 */
export type Hook<Parameters extends readonly unknown[]> =
  | ((...parameters: Parameters) => void)
  | ((...parameters: Parameters) => Promise<unknown>)
