import type { RequestInfo } from '@wshub/core/adapter'
import type { Request } from 'express'

/** The client address, host and protocol of a request, by the app's setting `trust proxy`. */
export function requestInfo<Params>(request: Request<Params>): RequestInfo {
  return { host: hostOf(request), address: request.ip, secure: request.secure }
}

// Express 4 has no getter for the host with its port. Both versions decide with this function whether to trust a proxy.
function hostOf<Params>(request: Request<Params>): string | undefined {
  const trust: (address: string | undefined, hop: number) => boolean = request.app.get('trust proxy fn')
  const forwarded = trust(request.socket.remoteAddress, 0) ? request.get('X-Forwarded-Host') : undefined
  return forwarded?.split(',', 1)[0]?.trim() ?? request.get('Host')
}
