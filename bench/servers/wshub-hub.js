import { Hub, Router } from '@wshub/core'
import { settings } from './host.js'
import { add } from './request.js'
import { tokens } from './tokens.js'

const { mode, compression, pingInterval } = settings

const MODES = {
  broadcast: { onMessage: (connection, text) => hub.room(connection.data.room).send(text) },
  echo: { onMessage: (connection, text) => connection.send(text) },
  request: { router: new Router().handle('add', ({ payload }) => add(payload)) },
  stream: { router: new Router().handle('stream', ({ payload }) => tokens(payload)) },
  'emit each': {
    router: new Router().handle('stream', async ({ connection, payload }) => {
      for await (const token of tokens(payload)) {
        connection.emit('token', token)
        await connection.drained
      }
    }),
  },
}

/** Nothing but what a workload is about differs from the defaults: every limit and check is on. */
export const hub = new Hub({
  ...MODES[mode],
  compression,
  ...(pingInterval && { heartbeat: { pingInterval } }),
  onError(error) {
    console.error(error)
    process.exit(1)
  },
})

let users = 0

/** Everybody is a user in one room. */
export function describe({ params: { room } }) {
  return { user: `user-${(users += 1)}`, data: { room }, rooms: [room] }
}
