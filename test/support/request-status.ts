import { connect } from 'node:net'

/**
 * Sends bytes, and resets the connection as soon as an answer has begun. For large numbers of handshakes of which only the
 * status matters.
 * @returns the status; 0 if the server closed the connection without an answer
 */
export function requestStatus(port: number, bytes: string | Buffer): Promise<number> {
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
