import { isRefresh as isRefreshRequest, isUpgrade as isUpgradeRequest, type RequestInfo } from '@wshub/core/adapter'
import type { FastifyRequest } from 'fastify'
import { Scope } from './scope.js'

type InfoRequest = Pick<FastifyRequest, 'host' | 'ip' | 'protocol' | 'server'>

/** The client address and protocol by Fastify's `trustProxy`, and the allowed origins in the scope of the route. */
export function requestInfo({ host, ip, protocol, server }: InfoRequest): RequestInfo {
  return { host, address: ip, secure: protocol === 'https', policy: Scope.of(server)?.policy }
}

/** Whether a request is a WebSocket upgrade, so that one path can serve a page and a socket. */
export function isUpgrade(request: Pick<FastifyRequest, 'raw'>): boolean {
  return isUpgradeRequest(request.raw)
}

/**
 * Whether a request repeats the handshake of an open connection, for `hub:refresh` or `revalidate`. Hooks that count or log
 * requests of clients can skip it.
 */
export function isRefresh(request: Pick<FastifyRequest, 'raw'>): boolean {
  return isRefreshRequest(request.raw)
}
