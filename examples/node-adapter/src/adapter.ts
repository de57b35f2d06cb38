import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Hub, Identity } from '@wshub/core'
import { type UpgradeOptions, type UpgradeParameters, Upgrader } from '@wshub/core/adapter'

export { attach } from '@wshub/core'
export { isRefresh, isUpgrade } from '@wshub/core/adapter'

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>
type Describe<Data> = (request: IncomingMessage) => Identity<Data> | Promise<Identity<Data>>

/** Answers an upgrade in a request listener. What `describe` throws rejects the promise. */
export function upgrade<Data, Events extends object>(
  hub: Hub<Data, Events>,
  ...parameters: UpgradeParameters<Data, Describe<NoInfer<Data>>>
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
