import { type Connection, Hub, Router, withBytes, WithBytes } from '@wshub/core'
import { same } from './equal.js'

// Bytes beside payloads: events, requests and replies that have them say so.

interface Types {
  events: { image: WithBytes<{ readonly taken: Date }>; said: string; typing: undefined }
  asks: { scan: { payload: WithBytes<{ page: number }>; reply: WithBytes<{ at: Date }> }; vote: { reply: 'yes' } }
}

const router = new Router<Types>()
  .handle('thumbnail', ({ payload, bytes }) => {
    same<Buffer | undefined, typeof bytes>(true)
    return withBytes({ at: new Date(), payload }, Buffer.alloc(1))
  })
  .handle('pages', async function* () {
    yield withBytes({ at: new Date() }, Buffer.alloc(1))
    return await Promise.resolve(1)
  })
  .handle('maybe', ({ bytes }) => (bytes ? withBytes('with', bytes) : 'without'))

type Routes = NonNullable<(typeof router)['routes']>
same<Routes['thumbnail']['reply'], WithBytes<{ at: string; payload: unknown }>>(true)
same<Routes['pages']['streamed'], WithBytes<{ at: string }>>(true)
same<Routes['pages']['reply'], number>(true)
same<Routes['maybe']['reply'], WithBytes<string> | 'without'>(true)

const hub = new Hub({ router })
const bytes = new Uint8Array(1)
hub.emit('image', { taken: new Date() }, { bytes })
hub.room('a').emit('image', { taken: new Date() }, { bytes, volatile: { key: 'x' } })
hub.emit('said', 'hi', { volatile: true })
hub.emit('said', 'hi', { bytes, volatile: undefined })
hub.emit('typing', undefined, { volatile: false })
// @ts-expect-error The event has bytes.
hub.emit('image', { taken: new Date() })
// @ts-expect-error The event has bytes.
hub.emit('image', { taken: new Date() }, { volatile: true })
// @ts-expect-error A key is a string.
hub.emit('said', 'hi', { volatile: { key: 1 } })
// @ts-expect-error There is no such option.
hub.emit('said', 'hi', { byte: bytes })
// @ts-expect-error Bytes are no text.
hub.emit('said', 'hi', { bytes: 'text' })

export async function ask(connection: Connection<Types>): Promise<void> {
  const reply = await connection.request('scan', { page: 1 }, { bytes, timeout: 100 })
  same<WithBytes<{ at: string }>, typeof reply>(true)
  const vote = await connection.request('vote', undefined, { bytes })
  same<'yes', typeof vote>(true)
  // @ts-expect-error The request has bytes.
  await connection.request('scan', { page: 1 })
  // @ts-expect-error An audience can't be asked with bytes.
  await hub.request('vote', undefined, { bytes })
}

export async function keep(): Promise<number | undefined> {
  const { history } = hub.room('a')
  await history?.append('typing')
  // @ts-expect-error Histories keep no bytes.
  await history?.append('image', { taken: new Date() })
  // @ts-expect-error There is no such event.
  await history?.append('shout')
  const position = await history?.append('said', 'hi')
  return position?.offset
}

// A hub that does not name its events takes bytes with each of them.
new Hub().emit('anything', { at: 1 }, { bytes })
const event: unknown = new WithBytes('caption', bytes)
export const isImage = event instanceof WithBytes
