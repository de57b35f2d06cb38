import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { latch } from './wait.js'

/** What happens to the bytes between a client and a server. */
interface Weather {
  /** Milliseconds that every byte takes, each way. */
  readonly delay: number
  /** So many bytes at a time, and a pause of so many milliseconds after them. */
  readonly drops: { readonly bytes: number; readonly ms: number } | undefined
  /** Bytes, ends and resets vanish. */
  readonly lost: boolean
  /** Resolves when bytes may pass. */
  readonly passable: Promise<void>
}

const FAIR: Weather = { delay: 0, drops: undefined, lost: false, passable: Promise.resolve() }

/** Which of the bytes a fault concerns; what is left out means all. */
export interface Where {
  /** `up` is from the client to the server. */
  readonly direction?: 'up' | 'down'
  /** A subscriber is a connection on which a client of Redis has sent SUBSCRIBE or SSUBSCRIBE. */
  readonly link?: 'commands' | 'subscriber'
}

/** One connection through the proxy. */
interface Link {
  kind: 'commands' | 'subscriber'
}

const SUBSCRIBES = /\bS?SUBSCRIBE\r\n/i

/**
 * A way to a server on which everything can go wrong that goes wrong between people and servers. Each call replaces what
 * the one before has brought about, for the connections that are there and for those to come.
 */
export class TcpProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #weather = FAIR
  #where: Where = {}
  #port: number
  #held = 0
  #accepted = 0
  #unblock: () => void = () => {}
  #cut = false

  private constructor(port: number) {
    this.#port = port
    this.#server = createServer({ allowHalfOpen: true }, (near) => {
      this.#accepted += 1
      if (this.#cut) {
        near.on('error', () => {}).resetAndDestroy()
        return
      }
      const far = connect({ port: this.#port, host: '127.0.0.1', allowHalfOpen: true })
      for (const socket of [near, far]) {
        this.#sockets.add(socket.setNoDelay(true))
        socket.on('close', () => this.#sockets.delete(socket))
      }
      const link: Link = { kind: 'commands' }
      near.on('data', (chunk: Buffer) => {
        if (SUBSCRIBES.test(chunk.toString('latin1'))) link.kind = 'subscriber'
      })
      carry(near, far, this.#passageOf('up', link))
      carry(far, near, this.#passageOf('down', link))
    })
  }

  static async to(port: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(port)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Connections that have come in so far. */
  get accepted(): number {
    return this.#accepted
  }

  /** Bytes that have come in and may not pass yet. */
  get held(): number {
    return this.#held
  }

  /** New connections go to this port; those that are there are reset. */
  retarget(port: number): void {
    this.#port = port
    for (const socket of this.#sockets) reset(socket)
  }

  /** Every byte takes so many milliseconds, each way unless `where` names one. */
  delay(ms: number, where: Where = {}): void {
    this.#become({ delay: ms }, where)
  }

  /** So many bytes pass at a time, each way, and then none for so many milliseconds. */
  drip(bytes: number, ms: number): void {
    this.#become({ drops: { bytes, ms } })
  }

  /** Nothing passes; what is on its way waits. */
  stall(where: Where = {}): void {
    const { held: opened, release: open } = latch()
    this.#become({ passable: opened }, where)
    this.#unblock = open
  }

  /** Somebody pulls the cable: everything vanishes, ends and resets too, and neither side learns of it. */
  pullCable(): void {
    this.#become({ lost: true })
  }

  /** Resets what there is and refuses what comes, as a train does that enters a tunnel. */
  cut(): void {
    this.#become({})
    this.#cut = true
    for (const socket of this.#sockets) reset(socket)
  }

  /** All is well again. */
  mend(): void {
    this.#become({})
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #passageOf(direction: 'up' | 'down', link: Link): Way {
    return {
      weather: () => {
        const { direction: which = direction, link: kind = link.kind } = this.#where
        return which === direction && kind === link.kind ? this.#weather : FAIR
      },
      hold: (bytes) => void (this.#held += bytes),
    }
  }

  #become(weather: Partial<Weather>, where: Where = {}): void {
    this.#cut = false
    this.#where = where
    this.#weather = { ...FAIR, ...weather }
    this.#unblock()
  }
}

/** Node never closes a socket that is reset after its end was sent. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

/** What may be on its way in one direction; beyond it the sender has to wait. */
const ROOM = 64 * 1024

/** One direction of a connection. */
interface Way {
  readonly weather: () => Weather
  /** Counts bytes that wait. */
  readonly hold: (bytes: number) => void
}

/** Carries the bytes of one direction, in order. */
function carry(from: Socket, to: Socket, { weather, hold }: Way): void {
  let held = 0
  let last = Promise.resolve()
  const next = (step: () => Promise<unknown>): void => {
    last = last.then(async () => void (await step()))
  }
  from.on('data', (chunk: Buffer) => {
    const due = performance.now() + weather().delay
    held += chunk.length
    hold(chunk.length)
    if (held > ROOM) from.pause()
    next(async () => {
      await pass(chunk, to, { due, weather })
      held -= chunk.length
      hold(-chunk.length)
      if (held <= ROOM) from.resume()
    })
  })
  from.on('end', () => next(async () => (await clear(weather)) && to.end()))
  from.on('error', () => {
    if (!weather().lost) reset(to)
  })
}

interface Passage {
  /** When it may arrive. */
  readonly due: number
  readonly weather: () => Weather
}

async function pass(chunk: Buffer, to: Socket, { due, weather }: Passage): Promise<void> {
  const wait = due - performance.now()
  if (wait > 0) await setTimeout(wait)
  let rest = chunk
  while (rest.length > 0 && (await clear(weather))) {
    const { drops } = weather()
    const size = drops?.bytes ?? rest.length
    await write(to, rest.subarray(0, size))
    rest = rest.subarray(size)
    if (drops) await setTimeout(drops.ms)
  }
}

/** Waits while nothing may pass. @returns whether anything arrives */
async function clear(weather: () => Weather): Promise<boolean> {
  for (let now = weather(); ; now = weather()) {
    await now.passable
    if (now === weather()) return !now.lost
  }
}

function write(to: Socket, bytes: Buffer): Promise<void> {
  if (!to.writable) return Promise.resolve()
  return new Promise((resolve) => {
    to.once('close', resolve)
    to.write(bytes, () => {
      to.off('close', resolve)
      resolve()
    })
  })
}
