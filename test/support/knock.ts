import { connect } from 'node:net'

/**
 * Sends these bytes and leaves with a reset as soon as an answer has begun: for crowds, which nothing but a status is
 * asked of.
 * @returns the status; 0 where the server cut the connection
 */
export function knock(port: number, bytes: string | Buffer): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {}).once('close', () => resolve(0))
    socket.once('data', (chunk) => {
      resolve(Number(chunk.toString('latin1', 9, 12)))
      socket.resetAndDestroy()
    })
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  })
}
