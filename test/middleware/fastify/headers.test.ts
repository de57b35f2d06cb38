import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import compress from '@fastify/compress'
import cors from '@fastify/cors'
import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import files from '@fastify/static'
import { expectSameTreatment, expectSameAnswer } from '../kit/same-treatment.js'
import { fastifySites, orders, type Parts } from '../kit/fastify.js'

const refusing = {
  preHandler: async (_: unknown, reply: { code(status: number): { send(body: object): unknown } }) =>
    reply.code(403).send({ error: 'no '.repeat(1000) }),
}

function routes({ app, serve }: Parts): void {
  serve(app, '/me', {}, () => 'x'.repeat(2000))
  serve(app, '/locked', refusing)
}

describe.each(orders)('with wshub $order the others', ({ first }) => {
  const open = fastifySites(first)

  test('@fastify/helmet: every header of a page is on the 101 and on a refusal', async () => {
    const testApp = await open(({ app }) => app.register(helmet), routes)
    for (const path of ['/me', '/locked', '/nowhere']) {
      const { page, socket } = await testApp.both(path)
      expectSameTreatment(page, socket)
      expect(socket.header('content-security-policy')).toContain("default-src 'self'")
    }
  })

  test('@fastify/cors: the headers are those of a page', async () => {
    const origin = 'https://app.example.com'
    const testApp = await open(({ app }) => app.register(cors, { origin: [origin], credentials: true }), routes, {
      origins: [origin],
    })
    for (const path of ['/me', '/locked']) {
      const { page, socket } = await testApp.both(path, { fields: { Origin: origin } })
      expectSameTreatment(page, socket)
      expect(socket.header('access-control-allow-origin')).toBe(origin)
    }
    expect((await testApp.socket('/me', { fields: { Origin: 'https://evil.example' } })).status).toBe(403)
  })

  test('@fastify/compress: a refusal is compressed like a page, the 101 is not', async () => {
    const testApp = await open(({ app }) => app.register(compress, { threshold: 0, encodings: ['gzip'] }), routes)
    const fields = { 'Accept-Encoding': 'gzip' }
    const { page, socket } = await testApp.both('/me', { fields })
    expect([page.header('content-encoding'), socket.header('content-encoding')]).toEqual(['gzip', undefined])
    expect([socket.status, socket.body]).toEqual([101, JSON.stringify('x'.repeat(2000))])
    const refused = await testApp.both('/locked', { fields })
    expectSameTreatment(refused.page, refused.socket)
    expect(refused.socket.header('content-encoding')).toBe('gzip')
  })

  test('@fastify/formbody: an upgrade does not wait for a body, whatever its Content-Type', async () => {
    const testApp = await open(({ app }) => app.register(formbody), routes)
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain', 'application/x-none']) {
      const { page, socket } = await testApp.both('/me', { fields: { 'Content-Type': type } })
      expectSameTreatment(page, socket)
    }
  })

  describe('@fastify/static', () => {
    const folder = mkdtemp(join(tmpdir(), 'static-'))
    beforeAll(async () => writeFile(join(await folder, 'page.txt'), 'a page '.repeat(20_000)))
    afterAll(async () => rm(await folder, { recursive: true }))

    test.each([{ wildcard: true }, { wildcard: false }])(
      '@fastify/static: files do not hold up an upgrade to its route: %j',
      async (options) => {
        const root = await folder
        const testApp = await open(({ app }) => app.register(files, { root, ...options }), routes)
        for (const path of ['/me', '/locked', '/nowhere.txt']) {
          const { page, socket } = await testApp.both(path)
          expectSameTreatment(page, socket)
        }
        const file = await testApp.both('/page.txt')
        expectSameAnswer(file.page, file.socket)
        expect(file.socket.body).toHaveLength(140_000)
        const range = await testApp.both('/page.txt', { fields: { Range: 'bytes=10-19' } })
        expectSameTreatment(range.page, range.socket)
        expect(range.socket.status).toBe(206)
      },
    )
  })
})
