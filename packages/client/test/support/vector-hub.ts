import { HubError, type HubOptions, Router } from '@wshub/core'

/** The hub that the conformance kit drives clients against (test/conformance-kit/server.mjs). Raw frames go back as they come. */
export const VECTOR_HUB: HubOptions = {
  router: new Router()
    .handle('echo', ({ payload }) => payload)
    .handle('nothing', () => undefined)
    .handle('letters', ({ payload }) => 'x'.repeat(Number(payload)))
    .handle('token', ({ connection: { handshake } }) => handshake.headers.authorization)
    .handle('fail', () => {
      throw new HubError('not_yours', 'This is not yours.')
    })
    .handle('crash', () => {
      throw new Error('a bug')
    })
    .handle('said, then reply', ({ connection }) => {
      connection.emit('said', 'before')
      return 'after'
    })
    .handle('ask me the same id', ({ connection, id }) => {
      connection.send(JSON.stringify({ type: 'sure?', id }))
      return 'done'
    }),
  onMessage: (connection, data) => connection.send(data),
}
