import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mkdtemp, rm } from 'node:fs/promises'
import compression from 'compression'
import cors from 'cors'
import express, { type RequestHandler } from 'express'
import helmet from 'helmet'
import responseTime from 'response-time'
import { expectSameTreatment, expectSameAnswer } from '../kit/same-treatment.js'
import { expressSites, versions } from '../kit/express.js'

const refuse: RequestHandler = (_req, res) => void res.status(403).json({ error: 'no '.repeat(1000) })

describe.each(versions)('$name', ({ framework }) => {
  const open = expressSites(framework)

  test('helmet: every header of a page is on the 101 and on a refusal, and removed headers are on neither', async () => {
    const testApp = await open(({ app, serve }) => {
      app.use(helmet())
      serve(app, '/me')
      serve(app, '/locked', [refuse])
    })
    for (const path of ['/me', '/locked', '/nowhere']) {
      const { page, socket } = await testApp.both(path)
      // The 404 page of Express has its own policy.
      expectSameTreatment(page, socket)
      expect(socket.header('content-security-policy')).toContain("default-src '")
      expect([socket.header('x-frame-options'), socket.header('x-powered-by')]).toEqual(['SAMEORIGIN', undefined])
    }
  })

  test('cors: the headers are those of a page, for an origin that attach() lets in too', async () => {
    const origin = 'https://app.example.com'
    const testApp = await open(
      ({ app, serve }) => {
        app.use(cors({ origin, credentials: true, exposedHeaders: ['X-Total'] }))
        serve(app, '/me')
        serve(app, '/locked', [refuse])
      },
      { origins: [origin] },
    )
    for (const path of ['/me', '/locked']) {
      const { page, socket } = await testApp.both(path, { fields: { Origin: origin } })
      expectSameTreatment(page, socket)
      expect(socket.header('access-control-allow-origin')).toBe(origin)
      expect(socket.header('vary')).toBe('Origin')
    }
    const foreign = await testApp.socket('/me', { fields: { Origin: 'https://evil.example' } })
    expect([foreign.status, foreign.runs]).toEqual([403, []])
  })

  test('compression: a refusal is compressed like a page; of a 101 the headers are those of a page', async () => {
    const testApp = await open(({ app, serve }) => {
      app.use(compression({ threshold: 0 }))
      serve(app, '/me')
      serve(app, '/locked', [refuse])
    })
    const fields = { 'Accept-Encoding': 'gzip' }
    const { page, socket } = await testApp.both('/me', { fields })
    expect([page.header('content-encoding'), socket.header('content-encoding')]).toEqual(['gzip', undefined])
    expect([socket.status, socket.body]).toEqual([101, 'null'])
    const refused = await testApp.both('/locked', { fields })
    expectSameTreatment(refused.page, refused.socket)
    expect(refused.socket.header('content-encoding')).toBe('gzip')
    const plain = await testApp.both('/locked')
    expectSameTreatment(plain.page, plain.socket)
    expect(plain.socket.header('vary')).toBe('Accept-Encoding')
  })

  test('response-time: a header that is set just before the head is sent is on the 101', async () => {
    const testApp = await open(({ app, serve }) => {
      app.use(responseTime())
      // The load: a request that takes time, which the header must show.
      serve(app, '/me', [(_req, _res, next) => void setTimeout(next, 30)])
      serve(app, '/locked', [refuse])
    })
    for (const path of ['/me', '/locked']) {
      const { page, socket } = await testApp.both(path)
      expectSameTreatment(page, socket, /^x-response-time/i)
      expect(socket.header('x-response-time')).toMatch(/^\d+\.\d+ms$/)
    }
    expect(parseFloat((await testApp.socket('/me')).header('x-response-time') ?? '0')).toBeGreaterThan(20)
  })

  test('body parsers: an upgrade does not wait for a body, whatever its Content-Type', async () => {
    const testApp = await open(({ app, serve }) => {
      app.use(framework.json(), framework.urlencoded({ extended: true }), framework.text(), framework.raw())
      serve(app, '/me', [], (req) => (req.body as unknown) ?? 'nothing')
    })
    for (const type of [
      'application/json',
      'application/x-www-form-urlencoded',
      'text/plain',
      'application/octet-stream',
    ]) {
      const { page, socket } = await testApp.both('/me', { fields: { 'Content-Type': type } })
      expectSameTreatment(page, socket)
    }
  })

  describe('express.static', () => {
    const folder = mkdtemp(join(tmpdir(), 'static-'))
    beforeAll(async () => writeFile(join(await folder, 'page.txt'), 'a page '.repeat(20_000)))
    afterAll(async () => rm(await folder, { recursive: true }))

    test('static files do not hold up an upgrade to its route, and an upgrade of a file is answered with that file', async () => {
      const root = await folder
      const testApp = await open(({ app, serve }) => {
        app.use(express.static(root))
        serve(app, '/me')
      })
      const { page, socket } = await testApp.both('/me')
      expectSameTreatment(page, socket)
      for (const fields of [{}, { Range: 'bytes=10-19' }, { Range: 'bytes=999999999-' }]) {
        const file = await testApp.both('/page.txt', { fields })
        expectSameAnswer(file.page, file.socket)
      }
      expect((await testApp.socket('/page.txt')).body).toHaveLength(140_000)
      const ETag = (await testApp.page('/page.txt')).header('etag') as string
      const known = await testApp.both('/page.txt', { fields: { 'If-None-Match': ETag } })
      expectSameTreatment(known.page, known.socket)
      expect(known.socket.status).toBe(304)
    })
  })
})
