import { isDeepStrictEqual } from 'node:util'
import { ClientProcess } from './client-process.mjs'

const EVENT_TIMEOUT_MS = 3000
/** The program of the client starts first. */
const START_TIMEOUT_MS = 30_000

/** Drives a client through one vector. @returns `undefined` if it behaves as expected, otherwise the difference */
export async function judge(vector, { command, server }) {
  const client = new ClientProcess(command)
  try {
    const url = `ws://127.0.0.1:${server.port}${vector.path ?? '/ws'}`
    client.send({ do: 'connect', url, protocols: vector.protocols ?? [] })
    if (!vector.path?.startsWith('/refused')) await expectEvent(client, { event: 'open' }, START_TIMEOUT_MS)
    const scene = { client, connection: [...server.hub.connections.values()].at(-1) }
    for (const step of vector.steps) await play(step, scene)
    return undefined
  } catch (error) {
    return error.message
  } finally {
    client.end()
    for (const connection of server.hub.connections.values()) connection.terminate()
  }
}

async function play(step, scene) {
  if (step.order) return scene.client.send(step.order)
  if (step.server) return act(step.server, scene)
  if (step.expect) return expectEvent(scene.client, filled(step.expect, scene.connection))
  if (step.answer) return expectAnswer(await scene.answer, step.answer)
  throw new Error(`the step ${JSON.stringify(step)} is not known`)
}

/** The same expectation with the id of the connection in place of its name. */
function filled(expected, connection) {
  return JSON.parse(JSON.stringify(expected).replaceAll('$connection', connection?.id))
}

async function act({ send, emit, ask, close }, scene) {
  if (send !== undefined) return scene.connection.send(send)
  if (emit) return scene.connection.hub.room(emit[0]).emit(emit[1], emit[2])
  if (close) return scene.connection.close(...close)
  // Earlier orders have to reach the client first.
  await new Promise((resolve) => setTimeout(resolve, 50))
  scene.answer = scene.connection.request(ask[0], ask[1], { timeout: EVENT_TIMEOUT_MS }).then(
    (payload) => ({ payload }),
    ({ code }) => ({ code }),
  )
  return undefined
}

async function expectEvent(client, expected, timeout = EVENT_TIMEOUT_MS) {
  const got = await client.next(timeout).catch((error) => {
    throw new Error(`expected ${JSON.stringify(expected)}, but ${error.message}`)
  })
  const seen = 'length' in expected ? { ...got, payload: undefined, length: got.payload?.length } : got
  if (!matches(seen, expected)) throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(seen)}`)
}

function expectAnswer(got, expected) {
  if (!matches(got, expected))
    throw new Error(`expected the answer ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`)
}

// Members that a vector does not name are not compared; null means absent.
function matches(got, expected) {
  return Object.entries(expected).every(([key, value]) => isDeepStrictEqual(got[key] ?? null, value))
}
