import { setTimeout as sleep } from 'node:timers/promises'
import { Crowd } from './crowd.js'
import { Stencil, stampedText } from './frame.js'

/**
 * Idle connections that answer pings. First what a ping and its pong cost, then how long the server's event loop was
 * away, then whether it asks those that it has just heard.
 */
export async function heartbeat({ target, measurement, ask, settings: { clients, interval, time, talkers } }) {
  const { dialect } = target
  const crowd = new Crowd(target, { message() {} })
  await crowd.grow(clients, (index) => `room-${index}`)
  const pings = (some = crowd.clients) => some.reduce((sum, client) => sum + client.pings, 0)
  await sleep(2 * interval)

  const before = pings()
  measurement.start()
  await sleep(time)
  const figures = measurement.end()
  const messages = pings() - before
  if (messages === 0) throw new Error('The server has sent no ping.')

  await ask('watchGaps')
  await sleep(2 * interval)
  const { gap } = await ask('gap')
  const needless = await countNeedless(crowd, { talkers, interval, dialect, pings })
  return { ...figures, messages, gap, needless, pingsPerInterval: (messages / clients / time) * interval }
}

async function countNeedless(crowd, { talkers, interval, dialect, pings }) {
  const some = crowd.clients.slice(0, talkers)
  const stencil = new Stencil(dialect.wrap(stampedText(64)), dialect.offset)
  let number = 0
  const talk = () => {
    for (const client of some) client.write(stencil.make(client.index, number))
    number += 1
  }
  const timer = setInterval(talk, interval / 8)
  talk()
  await sleep(interval)
  const before = pings(some)
  await sleep(2 * interval)
  clearInterval(timer)
  return pings(some) - before
}
