import { HubError, type Identity, Router } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'

// The exact answers to messages without a handler and to invalid protocol requests.

afterEach(closeHubServers)

const NO_ENVELOPE = 'The message is not of the form {"type": string, "payload"?: any, "id"?: string | number}.'

test.each([
  ['a text without an envelope', new Router(), 'hello', NO_ENVELOPE],
  ['a binary frame', new Router(), Buffer.from([1]), 'The server takes no binary messages.'],
  ['a text to a hub without handlers', undefined, 'hello', 'The server takes no text messages.'],
])('%s is answered invalid_message with a sentence', async (_, router, data, message) => {
  const hubServer = new HubServer({ ...(router && { router }), onBinary: undefined })
  const { client } = await hubServer.connect()
  client.send(data)
  const answer = (await client.next()) as { payload?: unknown } | string
  const { payload } = typeof answer === 'string' ? (JSON.parse(answer) as { payload?: unknown }) : answer
  expect(payload).toEqual({ code: 'invalid_message', message })
  expect(hubServer.failures).toMatchObject([{ stage: 'message', error: { status: 400, fault: 'client' } }])
})

test.each([
  ['hub:nothing', undefined, { code: 'unknown_type', message: 'There is no handler for "hub:nothing".' }],
  ['hub:leave', { room: 'a' }, { code: 'not_in_room', message: 'The connection is not in this room.' }],
  ['hub:hello', { version: 0 }, versionError()],
  ['hub:hello', { version: 1.5 }, versionError()],
  ['hub:cancel', { id: {} }, invalid('id must be a string or a number', 'id')],
])('%s with the payload %j is answered with what is wrong', async (type, payload, error) => {
  const { client } = await new HubServer({ router: new Router() }).connect()
  client.send(JSON.stringify({ type, id: 1, payload }))
  expect(await client.next()).toEqual({ type: 'error', id: 1, payload: error })
})

test('a hub:refresh that the app refuses is answered with the status, and reported', async () => {
  const hubServer = new HubServer({ router: new Router() })
  let handshakes = 0
  const describe = async (): Promise<Identity> => {
    handshakes += 1
    if (handshakes > 1) throw new HubError('conflict', 'Not now.')
    return {}
  }
  const { client } = await hubServer.connect(describe)
  client.send('{"type":"hub:refresh","id":1}')
  expect(await client.next()).toMatchObject({ type: 'error', id: 1, payload: { status: 409 } })
  expect(hubServer.failures).toMatchObject([{ stage: 'message' }])
})

function versionError(): object {
  return invalid('version must be a whole number of at least 1', 'version')
}

function invalid(message: string, key: string): object {
  return { code: 'invalid_payload', message: 'The payload is not valid.', issues: [{ message, path: [key] }] }
}
