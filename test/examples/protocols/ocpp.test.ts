import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { RPCClient } from 'ocpp-rpc'
import { serve } from '../../../examples/protocols/ocpp.js'
import { refusal, WsClient } from '../../support/ws-client.js'

// examples/protocols/ocpp.ts, with charge points of ocpp-rpc, which checks all messages by the schemas of OCPP 1.6.

const PASSWORD = 'sixteen letters.'
let app: FastifyInstance
let points: RPCClient[]

beforeEach(async () => {
  points = []
  app = await serve(new Map([['CP-1', PASSWORD]]), new Set(['driver']))
  await app.listen({ port: 0, host: '127.0.0.1' })
})

afterEach(async () => {
  for (const point of points) await point.close({ force: true })
  await app.close()
})

const url = (path: string): string => `ws://127.0.0.1:${(app.server.address() as AddressInfo).port}${path}`

async function plugIn(): Promise<RPCClient> {
  const point = new RPCClient({
    endpoint: url('/ocpp'),
    identity: 'CP-1',
    password: PASSWORD,
    protocols: ['ocpp1.6'],
    strictMode: true,
    reconnect: false,
  } as ConstructorParameters<typeof RPCClient>[0])
  points.push(point)
  await point.connect()
  return point
}

const start = (identity: string): Promise<Response> =>
  fetch(`${url('').replace('ws:', 'http:')}/charge-points/${identity}/start?idTag=driver`, { method: 'POST' })

test('a charge point boots, asks for its drivers, and gets a CALLERROR for what is not implemented', async () => {
  const point = await plugIn()
  const boot = { chargePointVendor: 'Acme', chargePointModel: 'One' }
  expect(await point.call('BootNotification', boot)).toMatchObject({ status: 'Accepted', interval: 300 })
  expect(await point.call('Authorize', { idTag: 'driver' })).toEqual({ idTagInfo: { status: 'Accepted' } })
  expect(await point.call('Authorize', { idTag: 'thief' })).toEqual({ idTagInfo: { status: 'Invalid' } })
  const unknown = point.call('DataTransfer', { vendorId: 'Acme' })
  await expect(unknown).rejects.toMatchObject({ rpcErrorCode: 'NotImplemented' })
})

test('an HTTP route calls a connected charge point, and answers 404 for any other', async () => {
  const point = await plugIn()
  point.handle('RemoteStartTransaction', ({ params }) =>
    Promise.resolve({ status: params?.['idTag'] === 'driver' ? 'Accepted' : 'Rejected' }),
  )
  expect(await (await start('CP-1')).json()).toEqual({ status: 'Accepted' })
  expect((await start('CP-2')).status).toBe(404)
})

test('a charge point that connects again takes the place of its old connection', async () => {
  const old = await plugIn()
  const closed = new Promise<unknown>((resolve) => old.once('close', resolve))
  const point = await plugIn()
  point.handle('RemoteStartTransaction', () => Promise.resolve({ status: 'Accepted' }))
  expect(await closed).toMatchObject({ code: 4409 })
  expect(await (await start('CP-1')).json()).toEqual({ status: 'Accepted' })
})

const basic = (login: string) => ({ headers: { authorization: `Basic ${Buffer.from(login).toString('base64')}` } })

const statusOf = async (path: string, login: string): Promise<number> =>
  (await refusal(WsClient.open(url(path), { protocols: ['ocpp1.6'], ...basic(login) }))).status

test('a wrong password, and the password of another charge point, get 401', async () => {
  expect(await statusOf('/ocpp/CP-1', 'CP-1:wrong')).toBe(401)
  expect(await statusOf('/ocpp/CP-2', `CP-1:${PASSWORD}`)).toBe(401)
})

test('a client without the subprotocol is accepted and closed, and a frame that is no message gets a CALLERROR', async () => {
  const auth = basic(`CP-1:${PASSWORD}`)
  const bare = await WsClient.open(url('/ocpp/CP-1'), auth)
  expect(await bare.closed).toMatchObject({ code: 1002 })
  const client = await WsClient.open(url('/ocpp/CP-1'), { ...auth, protocols: ['ocpp1.6'] })
  const [answer] = await client.send('[2,7]').received(1)
  expect(JSON.parse(String(answer))).toEqual([4, '-1', 'ProtocolError', 'not a message of OCPP', {}])
  client.socket.terminate()
})
