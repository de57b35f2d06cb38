import { Client, type WithBytes, withBytes } from '@wshub/client'
import { Router, withBytes as withServerBytes, type WithBytes as ServerBytes } from '@wshub/core'
import { z } from 'zod'
import { same } from './equal.js'

interface Types {
  events: { image: ServerBytes<{ readonly caption: string; readonly at: Date }>; said: string }
  asks: {
    scan: { payload: { readonly page: number }; reply: ServerBytes<{ readonly dpi: number }> }
    show: { payload: ServerBytes<string> }
  }
}

const router = new Router<Types>()
  .handle('upload', z.object({ caption: z.string() }), () => 1)
  .handle('thumbnail', async () => withServerBytes({ at: new Date() }, new Uint8Array()))
  .handle('frames', async function* () {
    yield withServerBytes(1, new Uint8Array())
  })

const client = new Client<typeof router>('/ws')
const bytes = new Uint8Array(3)

export async function requests(): Promise<void> {
  await client.request('upload', { caption: 'a cat' }, { bytes, timeout: 100 })
  client.emit('upload', { caption: 'a cat' }, { bytes, volatile: true })
  // @ts-expect-error Text is no bytes.
  await client.request('upload', { caption: 'a cat' }, { bytes: 'bytes' })
  // @ts-expect-error A buffer is no bytes: new Uint8Array(buffer) is.
  client.emit('upload', { caption: 'a cat' }, { bytes: bytes.buffer })
  const thumbnail = await client.request('thumbnail')
  same<WithBytes<{ at: string }>, typeof thumbnail>(true)
  same<Uint8Array, typeof thumbnail.bytes>(true)
  // @ts-expect-error The payload is beside the bytes.
  void thumbnail.at
  for await (const frame of client.stream('frames')) same<WithBytes<number>, typeof frame>(true)
}

export function events(): void {
  client.on('image', (payload, meta) => {
    same<{ readonly caption: string; readonly at: string }, typeof payload>(true)
    same<Uint8Array, typeof meta.bytes>(true)
  })
  client.room('album').on('image', ({ caption }, { bytes: image, room }) => [caption, image.length, room])
  client.on('said', (payload, meta) => {
    same<string, typeof payload>(true)
    same<Uint8Array | undefined, typeof meta.bytes>(true)
    // @ts-expect-error There may be no bytes.
    void meta.bytes.length
  })
}

export async function iteration(): Promise<void> {
  for await (const image of client.events('image')) same<Uint8Array, typeof image.bytes>(true)
}

client.handle('scan', ({ page }) => withBytes({ dpi: page }, bytes))
client.handle('scan', ({ page }) => withServerBytes({ dpi: page }, bytes))
client.handle('show', (caption, { bytes: image }) => caption.length + image.length)
// @ts-expect-error The reply has bytes.
client.handle('scan', ({ page }) => ({ dpi: page }))
// @ts-expect-error The payload of the reply is of another type.
client.handle('scan', () => withBytes('dpi', bytes))

const untyped = new Client('/ws')
untyped.on('anything', (payload, meta) => {
  same<unknown, typeof payload>(true)
  same<Uint8Array | undefined, typeof meta.bytes>(true)
})
