'use strict'

/** The router of the hub that clients are driven against. @param core the classes of `@wshub/core`, built or from the sources */
exports.vectorRouter = function vectorRouter({ HubError, Router }) {
  return new Router()
    .handle('echo', ({ payload }) => payload)
    .handle('nothing', () => {})
    .handle('never', () => new Promise(() => {}))
    .handle('letters', ({ payload }) => 'x'.repeat(Number(payload)))
    .handle('token', ({ connection }) => connection.handshake.headers.authorization ?? connection.data)
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
    })
}
