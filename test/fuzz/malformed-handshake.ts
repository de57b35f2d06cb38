import { connect, type Socket } from 'node:net'
import type { Target } from '../conformance/target.js'
import type { Malformed } from './requests.js'

let count = 0

/**
 * Sends a malformed handshake.
 * @param timeout milliseconds that the answer and the end of the connection may take
 * @returns a description of what differs from the contract; `undefined` if nothing does
 */
export async function sendMalformed(target: Target, request: Malformed, timeout = 10_000): Promise<string | undefined> {
  const id = `k${(count += 1)}`
  const trace = target.follow(id)
  const said = await exchange(target.port, request, { bytes: request.bytes(id), timeout })
  target.forget(id)
  const [first = '', ...more] = said.text.split('HTTP/1.1 ').slice(1)
  const status = Number(first.slice(0, 3))
  if (said.late) return `nothing came within ${timeout} ms, after ${JSON.stringify(said.text.slice(0, 200))}`
  if (!request.statuses.includes(status)) return `expected ${request.statuses.join(' or ')}, got ${status}`
  if (more.length > 0 && !request.stays) return `more than one answer: ${JSON.stringify(said.text.slice(0, 500))}`
  if (status === 426 && !request.seen && !/^Sec-WebSocket-Version: 13\r$/m.test(first))
    return 'a 426 without its version'
  if (trace.opened) return 'it became a connection'
  if (trace.requests > 0 && !request.seen) return 'the app has seen it'
  return undefined
}

interface Said {
  readonly text: string
  readonly late: boolean
}

function exchange(
  port: number,
  { stays, ends }: Malformed,
  { bytes, timeout }: { readonly bytes: Buffer; readonly timeout: number },
): Promise<Said> {
  return new Promise((resolve) => {
    let text = ''
    const socket: Socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const finish = (late: boolean): void => {
      clearTimeout(deadline)
      socket.destroy()
      resolve({ text, late })
    }
    const deadline = setTimeout(() => finish(true), timeout)
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (text.startsWith('HTTP/1.1 101 ') || (stays && text.includes('\r\n\r\n'))) finish(false)
    })
    // A reset counts as a closed connection.
    socket.on('error', () => finish(false)).on('end', () => finish(false))
    if (ends) socket.end(bytes)
    else socket.write(bytes)
  })
}
