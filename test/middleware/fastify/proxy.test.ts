import proxy from '@fastify/http-proxy'
import { WsClient } from '../../support/ws-client.js'
import { expectSameTreatment } from '../kit/same-treatment.js'
import { BackendServer } from '../kit/backend-server.js'
import { fastifySites, orders } from '../kit/fastify.js'

const ours = ({ url = '' }: { url?: string | undefined }): boolean => url.startsWith('/me')

describe.each(orders)('@fastify/http-proxy with wshub $order it', ({ first }) => {
  const open = fastifySites(first)

  test.each([
    { name: 'where claims names ours', options: { claims: ours } },
    { name: 'where everybody sees every upgrade', options: {} },
  ])('@fastify/http-proxy serves its pages and upgrades, and the hub its own, $name', async ({ options }) => {
    const backend = new BackendServer()
    const upstream = await backend.open()
    const testApp = await open(
      ({ app }) => app.register(proxy, { upstream, prefix: '/live', websocket: true }),
      ({ app, serve }) => serve(app, '/me'),
      options,
    )
    testApp.later(() => backend.close())
    expect((await testApp.page('/live/page')).body).toBe('from backend')
    const theirs = await WsClient.open(`ws://127.0.0.1:${testApp.port}/live/socket`)
    expect(await theirs.send('hi').received(1)).toEqual(['backend: hi'])
    const { page, socket } = await testApp.both('/me')
    expectSameTreatment(page, socket)
    expect(await theirs.send('more').received(2)).toEqual(['backend: hi', 'backend: more'])
    theirs.socket.terminate()
    expect(backend.seen).toEqual(['page /page', 'socket /socket'])
  })
})
