import { decodeMessage, encodeMessage } from '../src/cluster/cluster-message.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { Network } from './network.js'
import { until } from '../../../test/support/wait.js'

afterEach(closeHubServers)

/** What a server answers to a question of another one. */
async function answerTo(question: object): Promise<unknown> {
  const network = new Network()
  const hubServer = new HubServer({ broker: network.broker('here') })
  await until(() => network.topics('here').includes('hub/server/'))
  const address = { scope: 'server', names: [''], except: new Set<string>() } as const
  const asked = { id: 'q', server: 'there', ...question }
  network.inject('hub/server/', encodeMessage({ id: 'q', address, question: asked }))
  await until(() => network.published.length > 0)
  await hubServer.close()
  return decodeMessage(network.published[0]?.bytes ?? Buffer.alloc(0))?.answer
}

test('a question about a server is answered with its counts', async () => {
  expect(await answerTo({})).toMatchObject({ id: 'q', payload: { name: 'hub', connections: 0 } })
})

test('a question of a kind that the server does not know is answered without a payload', async () => {
  expect(await answerTo({ kind: 'of a later version' })).toEqual({ id: 'q', server: expect.any(String) })
})
