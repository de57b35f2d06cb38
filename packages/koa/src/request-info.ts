import { isRefresh as isRefreshRequest, isUpgrade as isUpgradeRequest, type RequestInfo } from '@wshub/core/adapter'
import type { ParameterizedContext } from 'koa'

/** The client address, host and protocol of a request, by the app's setting `proxy`. */
export function requestInfo({ host, ip, secure }: Pick<ParameterizedContext, 'host' | 'ip' | 'secure'>): RequestInfo {
  return { host, address: ip, secure }
}

/**
 * Whether a request repeats the handshake of an open connection, for `hub:refresh` or `revalidate`. Middleware that counts
 * or logs requests of clients can skip it.
 */
export function isRefresh(context: Pick<ParameterizedContext, 'req'>): boolean {
  return isRefreshRequest(context.req)
}

/** Whether a request is a WebSocket upgrade, so that one path can serve a page and a socket. */
export function isUpgrade(context: Pick<ParameterizedContext, 'req'>): boolean {
  return isUpgradeRequest(context.req)
}
