import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DataOf, Hub, HubTypes } from '@wshub/core'
import {
  type IdentityResult,
  type KnownIdentity,
  type UpgradeOptions,
  type UpgradeParameters,
  Upgrader,
} from '@wshub/core/adapter'

export { attach } from '@wshub/core'
export { isRefresh, isUpgrade } from '@wshub/core/adapter'

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>
type Describe<Data, Result extends IdentityResult<Data> = IdentityResult<Data>> = (
  request: IncomingMessage,
) => KnownIdentity<Result>

/** Answers an upgrade in a request listener. What `describe` throws rejects the promise. */
export function upgrade<Types extends HubTypes, Result extends IdentityResult<DataOf<Types>>>(
  hub: Hub<Types>,
  ...parameters: UpgradeParameters<DataOf<Types>, Describe<DataOf<Types>, Result>>
): Handler
export function upgrade(hub: Hub, describe: Describe<unknown> = () => ({}), options: UpgradeOptions = {}): Handler {
  const upgrader = new Upgrader(hub, options)
  return async (request, response) => {
    const {
      headers: { host },
      socket,
    } = request
    const info = { host, address: socket.remoteAddress, secure: 'encrypted' in socket }
    const { status, headers, body, sent } = await upgrader.admit(request, info, () => describe(request))
    if (!sent) response.writeHead(status, headers).end(body)
  }
}
