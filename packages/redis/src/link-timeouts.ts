/** The timeout for connecting a link, ms. */
export const CONNECT_TIMEOUT_MS = 5000

/** The interval of pings and the silence after which a link counts as dead, ms. @param timeout of the options */
export function livenessTimeouts(timeout: number): { readonly pingInterval: number; readonly socketTimeout: number } {
  return { pingInterval: timeout * 0.8, socketTimeout: timeout * 3 }
}
