import { stripVTControlCharacters } from 'node:util'
import type { Middleware } from 'koa'
import logger from 'koa-logger'
import rateLimit from 'koa-ratelimit'
import { expectSameTreatment } from '../kit/same-treatment.js'
import { koaSites, versions } from '../kit/koa.js'

const COUNTERS = /^(x-ratelimit-remaining|x-ratelimit-reset|retry-after):/i
const route: Middleware = (ctx, next) => {
  if (ctx.path === '/thrown') throw Object.assign(new Error('no way'), { status: 400, expose: true })
  return ctx.path === '/locked' ? ctx.throw(401) : next()
}

describe.each(versions)('$name', ({ framework }) => {
  const open = koaSites(framework)

  test('koa-ratelimit: pages and sockets count together, each once, and both are refused', async () => {
    const testApp = await open(({ app, end }) => {
      app.use(rateLimit({ driver: 'memory', db: new Map(), duration: 60_000, max: 4 })).use(end())
    })
    const seen: string[] = []
    for (let round = 0; round < 3; round += 1) {
      const { page, socket } = await testApp.both('/me')
      expectSameTreatment(
        { ...page, body: page.body.replace(/\d+ \w+\.?$/, '') },
        { ...socket, body: socket.body.replace(/\d+ \w+\.?$/, '') },
        COUNTERS,
      )
      seen.push(...[page, socket].map((one) => `${one.status}: ${one.header('x-ratelimit-remaining')}`))
    }
    expect(seen).toEqual(['200: 3', '101: 2', '200: 1', '101: 0', '429: 0', '429: 0'])
    expect((await testApp.socket('/me')).body).toMatch(/^Rate limit exceeded, retry in/)
  })

  test('koa-logger: one line in and one line out for each, with its status', async () => {
    const testApp = await open(({ app, end, testApp: { log } }) => {
      app.use(logger((line) => void log.push(stripVTControlCharacters(line).trim())))
      app.use(route).use(end())
    })
    for (const path of ['/me', '/locked', '/thrown']) {
      const { page, socket } = await testApp.both(path)
      expectSameTreatment(page, socket)
    }
    expect(testApp.log.map((line) => line.replace(/ \d+ms/, ''))).toEqual([
      '<-- GET /me',
      '--> GET /me 200 4b',
      '<-- GET /me',
      '--> GET /me 101 -',
      '<-- GET /locked',
      'xxx GET /locked 401 -',
      '<-- GET /locked',
      'xxx GET /locked 401 -',
      '<-- GET /thrown',
      'xxx GET /thrown 400 -',
      '<-- GET /thrown',
      'xxx GET /thrown 400 -',
    ])
  })
})
