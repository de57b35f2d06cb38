import { isRefresh, upgrade } from '@wshub/express'
import type { RequestHandler } from 'express'
import session from 'express-session'
import { until } from '../support/wait.js'
import { CountingStore } from './counting-store.js'
import { modes, RerunApp, SECRET, serveExpress } from './rerun-app.js'

type Settings = Pick<session.SessionOptions, 'resave' | 'rolling' | 'saveUninitialized' | 'unset'>

const BOTH = [true, false]
const settings: readonly Settings[] = [
  ...BOTH.flatMap((resave) =>
    BOTH.flatMap((rolling) => BOTH.map((saveUninitialized) => ({ resave, rolling, saveUninitialized }))),
  ),
  { resave: false, rolling: false, saveUninitialized: false, unset: 'destroy' },
]

interface Stage {
  readonly app: RerunApp
  readonly store: CountingStore
  /** What the app answers to repeated handshakes instead of accepting them. */
  answer: number | undefined
}

/** An app with a login, in which anonymous users have connections too. */
async function stage(options: Settings, every?: number): Promise<Stage> {
  const store = new CountingStore()
  const app = new RerunApp(every)
  const self: Stage = { app, store, answer: undefined }
  const refuse: RequestHandler = (req, res, next) =>
    isRefresh(req) && self.answer ? void res.status(self.answer).send('no') : next()
  await serveExpress(app, (to) => {
    to.use(session({ secret: SECRET, store: store.express, ...options }))
    to.get('/login', (req, res) => void res.send(Object.assign(req.session, { user: 'ann' }) && 'welcome'))
    to.get('/logout', (req, res) => req.session.destroy(() => res.send('bye')))
    // Each request changes the session.
    to.get('/ws', (req, _res, next) => next(void Object.assign(req.session, { seen: Date.now() })))
    to.get('/ws', refuse, upgrade(app.hub))
  })
  return self
}

describe.each(settings)('express-session with %j', (options) => {
  test.each(modes)('a repeated handshake saves, touches and creates no session ($mode)', async ({ every }) => {
    const { app, store } = await stage(options, every)
    const { cookie } = await app.page('/login')
    const client = await app.connect({ Cookie: cookie })
    const guest = await app.connect()
    const before = [store.writes, store.sessions.size]
    await app.repeat(client)
    await app.repeat(guest)
    expect([store.writes, store.sessions.size]).toEqual(before)
    expect([app.failures, new Set(app.statuses)]).toEqual([[], new Set([204])])
  })

  test.each([403, 429, 500])(
    'a repeated handshake that is answered with %i saves and touches no session',
    async (status) => {
      const self = await stage(options)
      const { app, store } = self
      const { cookie } = await app.page('/login')
      const client = await app.connect({ Cookie: cookie })
      self.answer = status
      const held = store.holdNextRead()
      const refresh = app.refresh(client)
      await held.begun
      await app.page('/logout', { headers: { Cookie: cookie } })
      const before = [store.writes, store.sessions.size]
      held.release()
      expect((await refresh).type).toBe('error')
      await until(() => app.inFlight === 0)
      expect([store.writes, store.sessions.size]).toEqual(before)
    },
  )
})
