import { constants, deflateRawSync } from 'node:zlib'
import { BINARY, CONTINUATION, PING, TEXT } from '../support/client-frame.js'
import { frame } from '../support/frame.js'
import type { RawClient } from '../support/raw.js'
import { scale, report } from '../support/scale.js'
import { until } from '../support/wait.js'
import type { WsClient } from '../support/ws-client.js'
import { FRAMEWORKS, measured } from './measured-server.js'

const MIB = 1024 * 1024
/** The number of attackers, one after the other. */
const ATTACKERS = scale(5, 1)
/** More packets than any flood needs. */
const PACKETS = 10_000
const BOMB = scale(256, 64) * MIB
/**
 * Zeros that compression reduces to a thousandth of their size. They are compressed before a server runs, because the clients of
 * this process answer no pings meanwhile.
 */
const ZEROS = deflateRawSync(Buffer.alloc(BOMB), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)

const OFFER = { 'Sec-WebSocket-Extensions': 'permessage-deflate' }
const OPTIONS = {
  compression: true,
  heartbeat: { pingInterval: 400, pongTimeout: 1600 },
  limits: { closeTimeout: 300 },
}

interface Attack {
  readonly name: string
  readonly run: (attacker: RawClient) => Promise<void>
  /** How the connection of the attacker ends. */
  readonly code: number
  readonly reason: string | RegExp
}

const unfinished = { unfinished: true }

/** This attack is slow, because the kernel buffers a million answers. */
const TINY_FLOOD: Attack = {
  name: 'a flood of tiny messages whose answers are never read',
  async run(attacker) {
    attacker.socket.pause()
    await pour(attacker, Buffer.concat(Array<Buffer>(5000).fill(frame('tiny'))), PACKETS)
  },
  code: 1013,
  reason: 'slow consumer',
}

const ATTACKS: readonly Attack[] = [
  TINY_FLOOD,
  {
    name: 'a flood of pings whose pongs are never read',
    async run(attacker) {
      attacker.socket.pause()
      await pour(attacker, Buffer.concat(Array<Buffer>(1000).fill(frame(Buffer.alloc(125), PING))), PACKETS)
    },
    // Terminated without a close frame, because it does not read.
    code: 1006,
    reason: /^(ping flood)?$/,
  },
  {
    name: 'a flood of empty pings whose pongs are never read',
    async run(attacker) {
      attacker.socket.pause()
      await pour(attacker, Buffer.concat(Array<Buffer>(10_000).fill(frame('', PING))), PACKETS)
    },
    code: 1006,
    reason: /^(ping flood)?$/,
  },
  {
    name: 'a message in fragments of one byte that never ends',
    async run(attacker) {
      attacker.send(frame('x', TEXT, unfinished))
      await pour(attacker, Buffer.concat(Array<Buffer>(1000).fill(frame('x', CONTINUATION, unfinished))), 300)
    },
    code: 1008,
    reason: /^$/,
  },
  {
    name: 'a message in empty fragments that never ends',
    async run(attacker) {
      attacker.send(frame('', TEXT, unfinished))
      await pour(attacker, Buffer.concat(Array<Buffer>(1000).fill(frame('', CONTINUATION, unfinished))), 300)
    },
    code: 1008,
    reason: /^$/,
  },
  {
    name: 'a message in large fragments that never ends',
    async run(attacker) {
      attacker.send(frame(Buffer.alloc(1000), BINARY, unfinished))
      await pour(attacker, frame(Buffer.alloc(1000), CONTINUATION, unfinished), 1000)
    },
    code: 1009,
    reason: /^$/,
  },
  {
    name: 'a message that is left unfinished',
    run: async (attacker) => void attacker.send(frame(Buffer.alloc(250_000), BINARY, unfinished)),
    code: 1006,
    reason: 'pong timeout',
  },
  {
    name: 'a bomb',
    run: async (attacker) => void attacker.send(frame(ZEROS, TEXT, { compressed: true })),
    code: 1009,
    reason: /^$/,
  },
  {
    name: 'a bomb in fragments',
    async run(attacker) {
      for (let at = 0; at < ZEROS.length; at += 10_000) {
        const parts = { compressed: at === 0, unfinished: at + 10_000 < ZEROS.length }
        attacker.send(frame(ZEROS.subarray(at, at + 10_000), at === 0 ? BINARY : CONTINUATION, parts))
      }
    },
    code: 1009,
    reason: /^$/,
  },
]

/** One attack of each kind, for `npm test`. */
const SHORT: ReadonlySet<string> = new Set([
  'a flood of pings whose pongs are never read',
  'a message in fragments of one byte that never ends',
  'a message that is left unfinished',
  'a bomb in fragments',
])

describe.each(FRAMEWORKS)('%s under attack', (framework) => {
  const start = measured(framework)

  test.each(ATTACKS.filter(({ name }) => scale(true, SHORT.has(name))))(
    'an attacker with $name is disconnected, costs less than 5 MiB, and other clients are served',
    async ({ run, code, reason }) => {
      const server = await start(OPTIONS)
      const canary = new Canary(await server.ws())
      const costs: { live: number; resident: number }[] = []
      for (let count = 1; count <= ATTACKERS; count += 1) {
        const before = await server.watch()
        await run(await server.raw('user=attacker', OFFER))
        await until(async () => (await server.closures()).length === count, 30_000)
        const most = await server.watched()
        costs.push({ live: most.live - before.live, resident: most.resident - before.resident })
      }
      for (const closure of await server.closures()) {
        expect(closure).toEqual({ user: 'attacker', code, reason: expect.stringMatching(reason), clean: false })
      }
      expect(await server.stats()).toMatchObject({ connections: 1, users: 0 })
      await canary.stop()
      const live = Math.max(...costs.map((cost) => cost.live)) / MIB
      const resident = Math.max(...costs.map((cost) => cost.resident)) / MIB
      report({ 'MiB live': live, 'MiB resident': resident, 'echoes meanwhile': canary.echoes })
      expect(live).toBeLessThan(5)
    },
    60_000,
  )
})

/** A healthy client that sends continuously. */
class Canary {
  readonly #client: WsClient
  echoes = 0
  #stopped: (() => void) | undefined

  constructor(client: WsClient) {
    this.#client = client
    client.socket.on('message', () => {
      this.echoes += 1
      if (this.#stopped) this.#stopped()
      else client.send('still there?')
    })
    client.send('there?')
  }

  /** Waits for a last answer. @throws Error if there is none */
  async stop(): Promise<void> {
    const last = new Promise<void>((resolve) => (this.#stopped = resolve))
    const lost = this.#client.closed.then(({ code }) => Promise.reject(new Error(`The canary is dead: ${code}`)))
    await Promise.race([last, lost])
  }
}

/** Sends bytes `times` times, or until the connection ends. */
async function pour({ socket, ended }: RawClient, bytes: Buffer, times: number): Promise<void> {
  for (let count = 0; count < times && socket.writable; count += 1) {
    if (!socket.write(bytes)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), ended])
  }
}
