import timeout from 'connect-timeout'
import cookieParser from 'cookie-parser'
import { doubleCsrf } from 'csrf-csrf'
import type { ErrorRequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import morgan from 'morgan'
import { expectSameTreatment } from '../kit/same-treatment.js'
import { expressSites, versions } from '../kit/express.js'
import { jar } from '../kit/middleware-app.js'

const COUNTERS = /^(ratelimit|x-ratelimit-remaining|x-ratelimit-reset|retry-after):/i
const answerError: ErrorRequestHandler = (error: { status?: number; code?: string }, _req, res, _next) =>
  void res.status(error.status ?? 500).json({ code: error.code })

describe.each(versions)('$name', ({ framework }) => {
  const open = expressSites(framework)

  test('express-rate-limit: pages and sockets count together, each once, and both are refused', async () => {
    const testApp = await open(({ app, serve }) => {
      app.use(rateLimit({ limit: 4, windowMs: 60_000, standardHeaders: 'draft-8', legacyHeaders: true }))
      serve(app, '/me')
    })
    const remaining: unknown[] = []
    for (let round = 0; round < 3; round += 1) {
      const { page, socket } = await testApp.both('/me')
      expectSameTreatment(page, socket, COUNTERS)
      remaining.push([page, socket].map((one) => `${one.status}: ${one.header('x-ratelimit-remaining')}`))
    }
    expect(remaining).toEqual([
      ['200: 3', '101: 2'],
      ['200: 1', '101: 0'],
      ['429: 0', '429: 0'],
    ])
    const refused = await testApp.socket('/me')
    expect([refused.body, refused.header('retry-after')]).toEqual([
      'Too many requests, please try again later.',
      expect.stringMatching(/^\d+$/),
    ])
  })

  test('express-rate-limit with skipSuccessfulRequests counts only refusals', async () => {
    const testApp = await open(({ app, serve }) => {
      app.use(
        rateLimit({
          limit: 2,
          skipSuccessfulRequests: true,
        }),
      )
      serve(app, '/me')
      serve(app, '/locked', [(_req, res) => void res.sendStatus(401)])
    })
    for (let round = 0; round < 4; round += 1) expect((await testApp.socket('/me')).status).toBe(101)
    const statuses: number[] = []
    for (let round = 0; round < 3; round += 1) statuses.push((await testApp.socket('/locked')).status)
    expect(statuses).toEqual([401, 401, 429])
  })

  test('connect-timeout: a slow handshake gets its 503, and a connection is not subject to the timeout of its handshake', async () => {
    const testApp = await open(({ app, serve }) => {
      app.use(timeout('100ms'))
      serve(app, '/me')
      serve(app, '/slow', [() => {}])
      app.use(answerError)
    })
    const slow = await testApp.both('/slow')
    expectSameTreatment(slow.page, slow.socket)
    expect([slow.socket.status, slow.socket.body]).toEqual([503, '{"code":"ETIMEDOUT"}'])
    const { page, socket } = await testApp.both('/me')
    expectSameTreatment(page, socket)
    // A later request has reached the same timeout.
    expect((await testApp.page('/slow')).status).toBe(503)
    expect(await testApp.ask(socket, 'still here?')).toBe('still here?')
  })

  test('csrf-csrf: a page hands out the token, a socket that checks it gets in with it and is refused without', async () => {
    const testApp = await open(({ app, serve }) => {
      const { doubleCsrfProtection, generateCsrfToken, validateRequest, invalidCsrfTokenError } = doubleCsrf({
        getSecret: () => 'not a secret',
        getSessionIdentifier: () => 'one',
        cookieName: 'csrf',
        cookieOptions: { secure: false },
        getCsrfTokenFromRequest: (req) => req.query['csrf'] as string | undefined,
      })
      app.use(cookieParser(), doubleCsrfProtection)
      app.get('/token', (req, res) => void res.send(generateCsrfToken(req, res)))
      serve(app, '/me', [(req, _res, next) => next(validateRequest(req) ? undefined : invalidCsrfTokenError)])
      serve(app, '/fresh', [(req, _res, next) => next(void generateCsrfToken(req, _res, { overwrite: true }))])
      app.use(answerError)
    })
    const handed = await testApp.page('/token')
    const fields = { Cookie: jar(handed) }
    const right = await testApp.both(`/me?csrf=${encodeURIComponent(handed.body)}`, { fields })
    expectSameTreatment(right.page, right.socket)
    for (const path of ['/me', '/me?csrf=wrong']) {
      const { page, socket } = await testApp.both(path, { fields })
      expectSameTreatment(page, socket)
      expect([socket.status, socket.body]).toEqual([403, '{"code":"EBADCSRFTOKEN"}'])
    }
    const fresh = await testApp.both('/fresh', { fields })
    expectSameTreatment(fresh.page, fresh.socket)
    expect(fresh.socket.cookies).toHaveLength(1)
  })

  test('morgan: one line for each, with its status, its time and no bytes of a body', async () => {
    const testApp = await open(({ app, serve, testApp: { log } }) => {
      const stream = { write: (line: string) => void log.push(line.trim()) }
      app.use(morgan(':method :url :status :res[content-length] :user-agent', { stream }))
      app.use(morgan('combined', { stream }), morgan(':url begins', { stream, immediate: true }))
      serve(app, '/me')
      serve(app, '/locked', [(_req, res) => void res.status(401).send('who?')])
    })
    const fields = { 'User-Agent': 'tests' }
    await testApp.both('/me', { fields })
    await testApp.both('/locked', { fields })
    expect(testApp.log.filter((line) => line.endsWith(' tests'))).toEqual([
      'GET /me 200 4 tests',
      'GET /me 101 - tests',
      'GET /locked 401 4 tests',
      'GET /locked 401 4 tests',
    ])
    expect(testApp.log.flatMap((line) => /"GET \/me HTTP\/1\.1" (.*)/.exec(line)?.[1] ?? [])).toEqual([
      '200 4 "-" "tests"',
      '101 - "-" "tests"',
    ])
    expect(testApp.log.filter((line) => line.endsWith('begins'))).toHaveLength(4)
  })
})
