import type { Hub } from '@wshub/core'
import { upgrade as onExpress } from '@wshub/express'
import { upgrade as onFastify } from '@wshub/fastify'
import { upgrade as onKoa } from '@wshub/koa'
import type { Express } from 'express'
import type { FastifyInstance } from 'fastify'
import type Koa from 'koa'
import { forgetShownWarnings } from '../../packages/core/src/observability/warnings.js'
import { handshake } from '../support/request.js'
import { hosts } from './hosts/index.js'
import { setUp } from './setup.js'

// Mistakes in the setup of handshakes: a process warning or the answer explains each in one sentence.

type Framework = 'express' | 'koa' | 'fastify'

/** A route that calls upgrade() and does not use its handler: its answer, and which explanation there is. */
const UNUSED: Readonly<Record<Framework, { mount: (native: unknown, hub: Hub) => unknown; explained: string }>> = {
  express: {
    mount: (native, hub) => (native as Express).get('/ws', () => void onExpress(hub)),
    explained: 'WSHUB_UNANSWERED',
  },
  koa: {
    mount: (native, hub) => (native as Koa).use(async () => void onKoa(hub)),
    explained: 'WSHUB_NO_ROUTE',
  },
  fastify: {
    mount: (native, hub) => (native as FastifyInstance).get('/ws', async () => onFastify(hub)),
    explained: 'WSHUB_NO_ROUTE',
  },
}

describe.each(hosts)('mistakes on $name', (host) => {
  const { app, hub, raw } = setUp(host)
  const warnings = new Map<string, string>()
  const framework =
    (['express', 'koa', 'fastify'] as const).find((one) => host.name.toLowerCase().includes(one)) ?? 'express'

  beforeEach(() => {
    warnings.clear()
    forgetShownWarnings()
    jest.spyOn(process, 'emitWarning').mockImplementation((text, options) => {
      warnings.set((options as unknown as { code?: string }).code ?? '', String(text))
    })
  })

  afterEach(() => jest.restoreAllMocks())

  test('a middleware that never calls next is explained, with the path and without its query', async () => {
    const server = await app((it) => it.ws('/ws', hub(), { before: [() => new Promise(() => {})] }), {
      attach: { handshakeTimeout: 50 },
    })
    expect((await raw(server, handshake('/ws?token=secret')).answer())?.status).toBe(503)
    expect(warnings.get('WSHUB_UNANSWERED')).toMatch(
      /neither answers nor calls next\(\).*for "\/ws", and it did not reach upgrade\(\)/,
    )
    expect(warnings.get('WSHUB_UNANSWERED')).not.toContain('secret')
  })

  test('a describe that does not settle is explained', async () => {
    const server = await app((it) => it.ws('/ws', hub(), { describe: () => new Promise(() => {}) }), {
      attach: { handshakeTimeout: 50 },
    })
    expect((await raw(server, handshake('/ws')).answer())?.status).toBe(503)
    expect(warnings.get('WSHUB_UNANSWERED')).toContain('and it reached upgrade()')
  })

  test('a handshake without a route is explained, unless one has reached upgrade()', async () => {
    const server = await app((it) => it.ws('/ws', hub()))
    expect((await raw(server, handshake('/wss')).answer())?.status).toBe(404)
    expect(warnings.get('WSHUB_NO_ROUTE')).toContain('Mount the handler that upgrade(hub) returns on a route')
    forgetShownWarnings()
    warnings.clear()
    expect((await raw(server, handshake('/ws')).answer())?.status).toBe(101)
    expect((await raw(server, handshake('/wss')).answer())?.status).toBe(404)
    expect(warnings.size).toBe(0)
  })

  test('a handler of upgrade(hub) that is not mounted is explained', async () => {
    const { mount, explained } = UNUSED[framework]
    const server = await app((it) => void mount(it.native, hub()), { attach: { handshakeTimeout: 50 } })
    await raw(server, handshake('/ws')).answer()
    expect([...warnings.keys()]).toEqual([explained])
  })

  test('the refusal of another origin is explained with both hosts and the option that admits it', async () => {
    const server = await app((it) => it.ws('/ws', hub()))
    const fields = { Origin: 'https://app.example.com', Host: 'internal:3000' }
    expect((await raw(server, handshake('/ws', { fields })).answer())?.status).toBe(403)
    const text = warnings.get('WSHUB_FOREIGN_ORIGIN')
    expect(text).toContain(`The page is of "https://app.example.com", the request for "internal:3000".`)
    expect(text).toContain(`origins: ['https://app.example.com']`)
    expect(text).toContain('a proxy changes the Host header')
  })

  test('the explanation of an invalid origin quotes the origin and suggests no option', async () => {
    const server = await app((it) => it.ws('/ws', hub()))
    await raw(server, handshake('/ws', { fields: { Origin: `https://a'],x:['` } })).answer()
    expect(warnings.get('WSHUB_FOREIGN_ORIGIN')).not.toContain('To let it in')
  })

  test('a proxy that removes Upgrade is explained in the answer and in a warning', async () => {
    const server = await app((it) => it.ws('/ws', hub()))
    const request = handshake('/ws').replace(/^(?:Upgrade|Connection):.*\r\n/gim, '')
    const answer = await raw(server, request).answer()
    expect([answer?.status, answer?.body]).toEqual([426, expect.stringContaining('a proxy has removed it') as string])
    expect(warnings.get('WSHUB_UPGRADE_REMOVED')).toContain('Let the proxy pass on Upgrade and Connection')
  })

  test('warnings: false and a page request of a browser cause no warning', async () => {
    const server = await app((it) => it.ws('/ws', hub({ warnings: false })))
    await raw(server, handshake('/ws', { fields: { Origin: 'https://evil.example' } })).answer()
    await raw(server, 'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n').answer()
    expect(warnings.size).toBe(0)
  })
})

describe.each(hosts.filter(({ detaches }) => detaches))('a server without attach on $name', (host) => {
  const { app, hub, raw } = setUp(host)

  afterEach(() => jest.restoreAllMocks())

  test('a handshake to a server without attach is explained in the answer and in a warning', async () => {
    forgetShownWarnings()
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const server = await app((it) => it.ws('/ws', hub()))
    server.detach()
    const answer = await raw(server, handshake('/ws')).answer()
    expect([answer?.status, answer?.body]).toEqual([
      426,
      expect.stringContaining('attach(server) was not called') as string,
    ])
    expect(String(warn.mock.calls[0]?.[0])).toContain('Call attach(app.listen(3000))')
  })
})
