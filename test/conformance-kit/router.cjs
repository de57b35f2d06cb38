'use strict'

/** The router of the hub that clients are driven against. @param core the classes of `@wshub/core`, built or from the sources */
exports.vectorRouter = function vectorRouter({ HubError, Router, withBytes }) {
  return new Router()
    .handle('echo', ({ payload }) => payload)
    .handle('nothing', () => {})
    .handle('echo bytes', ({ payload, bytes }) => (bytes ? withBytes(payload, bytes) : payload))
    .handle('show', ({ connection, payload, bytes }) => connection.emit('shown', payload, { bytes }))
    .handle('price', ({ connection, payload }) => connection.emit('price', payload, { volatile: true }))
    .handle('ask with bytes', ({ connection, payload, bytes }) => connection.request('sure?', payload, { bytes }))
    .handle('never', () => new Promise(() => {}))
    .handle('letters', ({ payload }) => 'x'.repeat(Number(payload)))
    .handle('token', ({ connection }) => connection.handshake.headers.authorization ?? connection.data)
    .handle('fail', () => {
      throw new HubError('not_yours', 'This is not yours.')
    })
    .handle('crash', () => {
      throw new Error('a bug')
    })
    .handle('count', ({ payload }) => counting(payload, () => 'done'))
    .handle('count, then fail', ({ payload }) =>
      counting(payload, () => {
        throw new HubError('not_yours', 'This is not yours.')
      }),
    )
    .handle('count, then wait', ({ payload, signal }) => counting(payload, () => aborted(signal)))
    .handle('said, then reply', ({ connection }) => {
      connection.emit('said', 'before')
      return 'after'
    })
    .handle('ask me the same id', ({ connection, id }) => {
      connection.send(JSON.stringify({ type: 'sure?', id }))
      return 'done'
    })
}

/** Yields the numbers from 1, and returns what `end` does. */
async function* counting(last, end) {
  for (let value = 1; value <= last; value += 1) yield value
  return end()
}

function aborted(signal) {
  return new Promise((resolve) => {
    signal.addEventListener('abort', resolve)
  })
}
