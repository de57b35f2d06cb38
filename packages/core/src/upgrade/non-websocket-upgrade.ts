import type { IncomingMessage, Server } from 'node:http'
import { hasOtherListeners, watchForTakeover } from './other-listeners.js'
import type { UpgradeArguments } from './upgrade-arguments.js'
import { checkHeaderCount, isWebSocket } from './handshake-rules.js'
import { closeSocket, renderRefusal } from './http-answer.js'

type Decide = (request: IncomingMessage) => boolean
type ModernServer = Server & { shouldUpgradeCallback?: Decide }

/**
 * Makes Node treat requests for upgrades to other protocols than WebSocket as ordinary requests: `curl --http2` asks for h2c. It
 * has no effect before Node 24.9, which added `shouldUpgradeCallback`; there `serveAsRequest` is needed.
 * @returns a function that undoes it
 */
export function declineOtherUpgrades(server: ModernServer): () => void {
  const previous = server.shouldUpgradeCallback
  if (!previous) return () => {}
  const decide: Decide = (request) =>
    (isWebSocket(request) || hasOtherListeners(server)) && previous.call(server, request)
  server.shouldUpgradeCallback = decide
  return () => {
    if (server.shouldUpgradeCallback === decide) server.shouldUpgradeCallback = previous
  }
}

/** Serves an upgrade to another protocol as an ordinary request, unless another listener takes it. */
export function serveAsRequest(server: Server, upgrade: UpgradeArguments): void {
  if (!hasOtherListeners(server)) return handBack(server, upgrade)
  const taken = watchForTakeover(upgrade.socket)
  setImmediate(() => {
    if (!taken()) handBack(server, upgrade)
  })
}

/** Gives the bytes of a request back to the server, without the headers that made it an upgrade. */
function handBack(server: Server, { request, socket, head }: UpgradeArguments): void {
  const refusal = checkHeaderCount(request, server.maxHeadersCount)
  if (refusal) return closeSocket(socket, renderRefusal(refusal))
  socket.unshift(Buffer.concat([Buffer.from(requestHead(request), 'latin1'), head]))
  // An https server would begin TLS on a socket of `'connection'`.
  server.emit('encrypted' in socket ? 'secureConnection' : 'connection', socket)
}

function requestHead({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name, value] = [rawHeaders[index] as string, rawHeaders[index + 1] as string]
    const kept = withoutUpgrade(name.toLowerCase(), value)
    if (kept !== '') lines.push(`${name}: ${kept}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}

function withoutUpgrade(name: string, value: string): string {
  if (name === 'upgrade') return ''
  if (name !== 'connection') return value
  const options = value.split(',').map((option) => option.trim())
  return options.filter((option) => option.toLowerCase() !== 'upgrade').join(', ')
}
