import { once } from 'node:events'
import { connect } from 'node:net'
import { encodeCommand } from './redis.js'

/**
 * What Redis sees of servers that listen to a topic, without the servers: links that subscribe and throw away what comes.
 * They show what one more server costs Redis, at numbers for which the machine has no cores.
 */
export class Listeners {
  #sockets = []

  static async open(port, { channel, count }) {
    const listeners = new Listeners()
    for (let index = 0; index < count; index += 1) {
      const socket = connect({ port, host: '127.0.0.1' })
      listeners.#sockets.push(socket)
      socket.write(encodeCommand(['SSUBSCRIBE', channel]))
      await once(socket, 'data')
      socket.resume()
    }
    return listeners
  }

  async close() {
    await Promise.all(
      this.#sockets.map((socket) => {
        const closed = once(socket, 'close')
        socket.destroy()
        return closed
      }),
    )
  }
}

/** Publishes from many links at once, each of which waits for its answer before it goes on. */
export async function publishAtOnce(port, { channel, bytes, publishers, count }) {
  const command = encodeCommand(['SPUBLISH', channel, 'x'.repeat(bytes)])
  let left = count
  const publisher = async () => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    const done = new Promise((resolve) => {
      const next = () => {
        left -= 1
        if (left < 0) resolve()
        else socket.write(command)
      }
      socket.on('data', next)
      next()
    })
    await done
    const closed = once(socket, 'close')
    socket.destroy()
    await closed
  }
  await Promise.all(Array.from({ length: publishers }, publisher))
}
