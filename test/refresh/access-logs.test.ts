import { stripVTControlCharacters } from 'node:util'
import * as onExpress from '@wshub/express'
import wshub = require('@wshub/fastify')
import * as onKoa from '@wshub/koa'
import { type FastifyRequest, LogController } from 'fastify'
import koaLogger from 'koa-logger'
import morgan from 'morgan'
import { expectEventually } from '../support/wait.js'
import { modes, RerunApp, serveExpress, serveFastify, serveKoa } from './rerun-app.js'

type Write = (line: string) => void

/** The access log of each framework. @param skips whether the log omits repeated handshakes */
const apps = {
  morgan: (app: RerunApp, write: Write, skips: boolean) =>
    serveExpress(app, (to) => {
      to.use(morgan(':method :url :status', { stream: { write }, ...(skips && { skip: onExpress.isRefresh }) }))
      to.get('/ws', onExpress.upgrade(app.hub))
    }),
  'koa-logger': (app: RerunApp, write: Write, skips: boolean) =>
    serveKoa(app, (to, router) => {
      const log = koaLogger((line) => write(stripVTControlCharacters(line)))
      to.use((context, next) => (skips && onKoa.isRefresh(context) ? next() : log(context, next)))
      router.get('/ws', onKoa.upgrade(app.hub))
    }),
  "Fastify's own log": (app: RerunApp, write: Write, skips: boolean) =>
    serveFastify(app, (to) => to.get('/ws', wshub.upgrade(app.hub)), {
      logger: { level: 'info', stream: { write: (line: string) => write(answerOf(line)) } },
      ...(skips && { logController: new LogController({ disableRequestLogging: isRefresh }) }),
    }),
}

const isRefresh = (request: FastifyRequest): boolean => wshub.isRefresh(request)

/** The status in a line of Fastify's log; empty if the line is about something else. */
function answerOf(line: string): string {
  const { msg, res } = JSON.parse(line) as { msg: string; res?: { statusCode: number } }
  return msg === 'request completed' ? String(res?.statusCode) : ''
}

const answers = (lines: readonly string[], status: number): number =>
  lines.filter((line) => new RegExp(`\\b${status}\\b`).test(line)).length

describe.each(Object.entries(apps))('%s', (_name, start) => {
  const open = async (every: number | undefined, skips: boolean): Promise<{ app: RerunApp; lines: string[] }> => {
    const lines: string[] = []
    const app = await start(new RerunApp(every), (line) => lines.push(line), skips)
    return { app, lines }
  }

  test.each(modes)('an access log has one line with 204 for each repeated handshake ($mode)', async ({ every }) => {
    const { app, lines } = await open(every, false)
    await app.repeat(await app.connect())
    await expectEventually(() => expect(answers(lines, 204)).toBe(app.statuses.length))
    expect([answers(lines, 101), app.statuses.length > 0]).toEqual([1, true])
  })

  test.each(modes)(
    'an access log that skips repeated handshakes shows the first one alone ($mode)',
    async ({ every }) => {
      const { app, lines } = await open(every, true)
      await app.repeat(await app.connect())
      expect([answers(lines, 204), answers(lines, 101)]).toEqual([0, 1])
    },
  )
})
