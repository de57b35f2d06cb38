import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import type { ErrorRequestHandler } from 'express'
import asyncHandler from 'express-async-handler'
import context from 'express-http-context'
import { expectSameTreatment } from '../kit/same-treatment.js'
import { expressSites, versions } from '../kit/express.js'

const answerError: ErrorRequestHandler = (error: Error & { status?: number }, _req, res, _next) =>
  void res.status(error.status ?? 500).json({ error: error.message })

describe.each(versions)('$name', ({ framework }) => {
  const open = expressSites(framework)

  test('express-async-handler: a rejection reaches the error handler, and a resolved handler continues the upgrade', async () => {
    const testApp = await open(({ app, serve }) => {
      const lookup = asyncHandler(async (req, _res, next) => {
        await turn()
        if (!req.query['who']) throw Object.assign(new Error('who are you?'), { status: 401 })
        next()
      })
      app.use(lookup)
      serve(app, '/me', [], (req) => req.query['who'])
      app.use(answerError)
    })
    for (const [path, status, body] of [
      ['/me?who=ada', 101, '"ada"'],
      ['/me', 401, '{"error":"who are you?"}'],
    ] as const) {
      const { page, socket } = await testApp.both(path)
      expectSameTreatment(page, socket)
      expect([socket.status, socket.body]).toEqual([status, body])
    }
  })

  test('express-http-context: upgrades and messages see the same context as a page', async () => {
    const testApp = await open(({ app, serve }) => {
      app.use(context.middleware)
      app.use((req, _res, next) => {
        context.set('trace', req.get('X-Trace'))
        next()
      })
      serve(app, '/me', [(_req, _res, next) => void setImmediate(next)], () => context.get('trace') as unknown)
    })
    const { page, socket } = await testApp.both('/me', { fields: { 'X-Trace': 'one' } })
    expectSameTreatment(page, socket)
    expect(socket.body).toBe('"one"')
    testApp.reply = () => String(context.get('trace'))
    expect(await testApp.ask(socket, 'trace?')).toBe('one')
  })

  test('AsyncLocalStorage.run around next(): each message runs in the context of its own connection', async () => {
    const storage = new AsyncLocalStorage<string>()
    const testApp = await open(({ app, serve }) => {
      app.use((req, _res, next) => storage.run(req.get('X-Trace') ?? 'none', next))
      serve(app, '/me', [], () => storage.getStore())
    })
    const one = await testApp.socket('/me', { fields: { 'X-Trace': 'one' } })
    const { page, socket: two } = await testApp.both('/me', { fields: { 'X-Trace': 'two' } })
    expectSameTreatment(page, two)
    expect(one.body).toBe('"one"')
    testApp.reply = () => String(storage.getStore())
    expect([await testApp.ask(two, 'trace?'), await testApp.ask(one, 'trace?')]).toEqual(['two', 'one'])
  })
})
