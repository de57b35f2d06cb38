import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { childProcesses } from '../support/child.js'
import { scale, report } from '../support/scale.js'
import { inBatches } from '../support/wait.js'
import { WsClient } from '../support/ws-client.js'
import { FRAMEWORKS } from './measured-server.js'

const SPEAKERS = 100
const LISTENERS = 3
const PER_SECOND = 5000
/** The number of messages that are acknowledged before the signal. */
const WARM = scale(15_000, 2500)
/** Milliseconds that the hub may take to close; see children/apps.cjs. */
const DEADLINE = 10_000

interface Incoming {
  readonly type: string
  readonly id?: string
  readonly payload?: unknown
}

describe.each(FRAMEWORKS)(`SIGTERM under ${PER_SECOND} messages per second on %s`, (framework) => {
  const start = childProcesses()

  test('every client gets 1001 on SIGTERM, each handled message is acknowledged and delivered, and the process exits with 0', async () => {
    const server = start(['serve.cjs', framework], { folder: join(__dirname, 'children') })
    const port = await server.line()
    const speakers = await open(SPEAKERS, `ws://127.0.0.1:${port}/ws`)
    const listeners = await open(LISTENERS, `ws://127.0.0.1:${port}/ws?rooms=log`)
    const { acknowledged, warm } = acknowledgements(speakers)
    const received = listeners.map((listener) => listen(listener))
    const speech = speak(speakers)
    await warm
    const rate = speech.rate()
    const begun = performance.now()
    const late = setTimeout(() => server.kill(), DEADLINE)
    server.signal('SIGTERM')
    const { code, signal, output } = await server.ended
    clearTimeout(late)
    const ms = performance.now() - begun
    speech.stop()
    const ends = await Promise.all([...speakers, ...listeners].map(({ closed }) => closed))
    expect([code, signal]).toEqual([0, null])
    expect(new Set(ends.map((end) => end.code))).toEqual(new Set([1001]))
    expect(ends.every(({ reason }) => /^retry=\d+$/.test(reason))).toBe(true)
    const taken = Number(output.split('\n')[1])
    report({ 'messages per second': rate, taken, acknowledged: acknowledged.size, 'ms until the end': ms })
    expect(acknowledged.size).toBe(taken)
    for (const all of received) expect([...acknowledged].filter((id) => !all.has(id))).toEqual([])
  }, 60_000)
})

async function open(count: number, url: string): Promise<WsClient[]> {
  const clients: WsClient[] = []
  await inBatches([...Array(count).keys()], 20, async () => void clients.push(await WsClient.open(url)))
  return clients
}

/** Counts the acknowledgements of the server; `warm` resolves once there are enough. */
function acknowledgements(speakers: readonly WsClient[]) {
  const acknowledged = new Set<unknown>()
  const warm = new Promise<void>((resolve) => {
    for (const { socket } of speakers) {
      socket.on('message', (data: Buffer) => {
        const { type, id } = JSON.parse(data.toString()) as Incoming
        if (type === 'reply') acknowledged.add(id)
        if (acknowledged.size === WARM) resolve()
      })
    }
  })
  return { acknowledged, warm }
}

/** Collects all messages to the room from now on. */
function listen({ socket }: WsClient): ReadonlySet<unknown> {
  const received = new Set<unknown>()
  socket.on('message', (data: Buffer) => {
    const { type, payload } = JSON.parse(data.toString()) as Incoming
    if (type === 'said') received.add(payload)
  })
  return received
}

/** Lets each client send in turn at fixed times, independent of the answers, until it is stopped. */
function speak(speakers: readonly WsClient[]): { stop(): void; rate(): number } {
  const begun = performance.now()
  let said = 0
  const timer = setInterval(() => {
    const due = ((performance.now() - begun) * PER_SECOND) / 1000
    for (; said < due; said += 1) {
      const { socket } = speakers[said % speakers.length] as WsClient
      if (socket.readyState !== socket.OPEN) continue
      const id = String(said)
      socket.send(JSON.stringify({ type: 'say', id, payload: id }))
    }
  }, 5)
  return { stop: () => clearInterval(timer), rate: () => (said * 1000) / (performance.now() - begun) }
}
