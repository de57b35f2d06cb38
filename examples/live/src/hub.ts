import { Hub, HubError, Router, withBytes } from '@wshub/core'
import { z } from 'zod'
import { Answers, type Model } from './answers.js'
import type { Events } from './events.js'
import { Prices } from './prices.js'

interface Image {
  readonly caption: string
  readonly bytes: Uint8Array
}

/** Images that are kept for those who come later. */
const MAX_IMAGES = 12

function routerOf(answers: Answers, prices: Prices, images: Image[]) {
  const id = z.object({ id: z.string() })
  return new Router<{ events: Events }>()
    .handle('ask', z.object({ prompt: z.string().max(1000) }), ({ hub, payload }) => ({
      id: answers.begin(payload.prompt, (answer) => hub.room(`answer:${answer}`)),
    }))
    .handle('read', id, ({ payload }) => answers.read(payload.id))
    .handle('stop', id, ({ payload }) => answers.stop(payload.id))
    .handle('prices', () => prices.list())
    .handle('upload', z.object({ caption: z.string().max(200) }), ({ hub, payload: { caption }, bytes }) => {
      if (!bytes) throw new HubError('no_image', 'There are no bytes beside the caption.')
      // A copy, because `bytes` is a view of the whole frame.
      images.push({ caption, bytes: Uint8Array.from(bytes) })
      images.splice(0, images.length - MAX_IMAGES)
      hub.emit('image', { caption }, { bytes })
    })
    .handle('images', async function* () {
      for (const { caption, bytes } of images) yield withBytes({ caption }, bytes)
    })
}

export type LiveRouter = ReturnType<typeof routerOf>

/** The hub of the three examples. @param every milliseconds between two changes of a price */
export function createHub(model: Model, every = 100): Hub<{ events: Events }> {
  const answers = new Answers(model)
  const prices = new Prices()
  const hub = new Hub<{ events: Events }>({
    router: routerOf(answers, prices, []),
    limits: { maxMessageSize: 5_000_000, maxBufferedBytes: 16_000_000 },
  })
  hub.createRoom(/answer:(.+)/, { history: { size: 1000 }, authorize: (_, { match }) => answers.has(match[1]) })
  hub.createRoom('prices', { authorize: () => true })
  const room = hub.room('prices')
  const timer = setInterval(() => {
    const price = prices.move()
    room.emit('price', price, { volatile: { key: price.symbol } })
  }, every)
  timer.unref()
  return hub
}
