import { attach, upgrade } from '@wshub/express'
import { audienceOf, createHub } from '../chat/hub.js'
import { type Running, running } from '../chat/running.js'
import { createApp, requireUser } from './app.js'
import { userOf } from '../chat/tokens.js'

/** The chat on wshub, in the Express app. */
export function start(port = 0): Promise<Running> {
  const hub = createHub()
  const app = createApp(audienceOf(hub))
  app.get(
    '/ws',
    requireUser,
    upgrade(hub, (req) => ({ user: userOf(req) })),
  )
  const server = app.listen(port)
  attach(server, { refusals: 'close', bearerProtocol: true })
  return running(server, () => hub.close())
}
