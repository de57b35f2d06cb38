import { setImmediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { CLOSE } from '../support/client-frame.js'
import { frame } from '../support/frame.js'
import { settledHeap } from '../support/process.js'
import { handshake } from '../support/request.js'
import { scale, report } from '../support/scale.js'
import { inBatches, until } from '../support/wait.js'
import { RawClient } from '../support/raw.js'
import type { Running } from './hosts/index.js'
import { timedHosts } from './hosts/timed.js'
import { setUp } from './setup.js'

const EACH = scale(10_000, 200)
/** Connections that fill the pools before the heap is measured. */
const WARM_UP = scale(200, 100)
const CLOSE_FRAME = frame(Buffer.from([3, 232]), CLOSE)

type Ending = (client: RawClient) => unknown

/** Ways in which a connection ends: the client closes it, resets it or ends the stream, or the server closes it. */
const ENDINGS: readonly Ending[] = [
  (client) => client.send(CLOSE_FRAME),
  (client) => client.reset(),
  (client) => client.socket.end(),
  async (client) => {
    await client.send(frame('out')).frame()
    client.send(CLOSE_FRAME)
  },
]

describe.each(timedHosts)('connections that come and go on $name', (host) => {
  const { app, hub } = setUp(host)

  test(`${EACH} connections that end leave listeners, timers and heap as they were`, async () => {
    const chat = hub({
      limits: { idleTimeout: 60_000 },
      onOpen: (connection) => connection.join('tea'),
      onMessage: (connection) => connection.close(4000, 'out'),
      onError: () => {},
    })
    const server = await app((it) => {
      const expiresAt = Date.now() + 3_600_000
      it.ws('/chat', chat, { describe: () => ({ user: 'ada', session: 's', rooms: ['lobby'], expiresAt }) })
    })
    const round = async (count: number): Promise<void> => {
      await inBatches([...Array(count).keys()], 25, (index) => comeAndGo(server, index))
      await until(() => chat.connections.size === 0)
      await setImmediate()
    }
    const before = holdings(server)
    const settled = (): boolean => areSettled(holdings(server), before)
    await round(WARM_UP)
    await until(settled)
    const heap = await settledHeap()
    await round(EACH)
    expect(chat.stats()).toMatchObject({ opened: EACH + WARM_UP, connections: 0, rooms: 0, users: 0 })
    await until(settled)
    const more = (await settledHeap()) - heap
    report({ 'MiB more': more / 1024 / 1024 })
    expect(more).toBeLessThan(2 * 1024 * 1024)
  }, 300_000)
})

async function comeAndGo({ port }: Running, index: number): Promise<void> {
  const client = new RawClient(port).send(handshake('/chat'))
  if ((await client.status()) !== 101) throw new Error('not let in')
  await ENDINGS[index % ENDINGS.length]?.(client)
  await client.ended
  client.socket.destroy()
}

interface Holdings {
  readonly server: unknown
  readonly process: unknown
  readonly held: readonly string[]
}

function holdings({ server }: Running): Holdings {
  const held = process.getActiveResourcesInfo().filter((name) => /Timeout|Immediate|TCPSocketWrap/.test(name))
  return { server: listeners(server), process: listeners(process), held: held.toSorted() }
}

/** Timers of jest and of Node itself change, so the test only checks that there are no more of them than at the start. */
function areSettled({ held, ...listening }: Holdings, { held: heldBefore, ...before }: Holdings): boolean {
  return held.length <= heldBefore.length && isDeepStrictEqual(listening, before)
}

function listeners(emitter: NodeJS.EventEmitter): unknown {
  return emitter.eventNames().map((event) => [String(event), emitter.listenerCount(event)])
}
