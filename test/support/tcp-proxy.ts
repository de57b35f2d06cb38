import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { latch } from './wait.js'

/** The faults that apply to bytes between a client and a server. */
interface LinkFaults {
  /** The delay of each byte, in milliseconds. */
  readonly delay: number
  /** The number of bytes that pass at a time, and the pause after them in milliseconds. */
  readonly drops: { readonly bytes: number; readonly ms: number } | undefined
  /** Bytes, ends and resets are discarded. */
  readonly lost: boolean
  /** Resolves when bytes may pass. */
  readonly passable: Promise<void>
}

const NO_FAULTS: LinkFaults = { delay: 0, drops: undefined, lost: false, passable: Promise.resolve() }

/** The bytes to which a fault applies; an omitted property means all. */
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
 * A TCP proxy before a server that causes the faults of real networks. Each call replaces the fault of the call before, for
 * open connections and for new ones.
 */
export class TcpProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #faults = NO_FAULTS
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
      carry(near, far, this.#directionOf('up', link))
      carry(far, near, this.#directionOf('down', link))
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

  /** The number of connections that the proxy has accepted. */
  get accepted(): number {
    return this.#accepted
  }

  /** The number of received bytes that are held back. */
  get held(): number {
    return this.#held
  }

  /** New connections go to this port; open ones are reset. */
  retarget(port: number): void {
    this.#port = port
    for (const socket of this.#sockets) reset(socket)
  }

  /** Delays every byte by `ms`, in both directions unless `where` names one. */
  delay(ms: number, where: Where = {}): void {
    this.#apply({ delay: ms }, where)
  }

  /** Passes `bytes` at a time in each direction, with a pause of `ms` after them. */
  drip(bytes: number, ms: number): void {
    this.#apply({ drops: { bytes, ms } })
  }

  /** Holds all bytes back. */
  stall(where: Where = {}): void {
    const { held: opened, release: open } = latch()
    this.#apply({ passable: opened }, where)
    this.#unblock = open
  }

  /** Discards everything, ends and resets too, like an unplugged cable: neither side notices. */
  pullCable(): void {
    this.#apply({ lost: true })
  }

  /** Resets open connections and refuses new ones. */
  cut(): void {
    this.#apply({})
    this.#cut = true
    for (const socket of this.#sockets) reset(socket)
  }

  /** Ends the fault. */
  mend(): void {
    this.#apply({})
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #directionOf(direction: 'up' | 'down', link: Link): Direction {
    return {
      faults: () => {
        const { direction: which = direction, link: kind = link.kind } = this.#where
        return which === direction && kind === link.kind ? this.#faults : NO_FAULTS
      },
      hold: (bytes) => void (this.#held += bytes),
    }
  }

  #apply(faults: Partial<LinkFaults>, where: Where = {}): void {
    this.#cut = false
    this.#where = where
    this.#faults = { ...NO_FAULTS, ...faults }
    this.#unblock()
  }
}

/** Node never closes a socket that is reset after it has sent its end. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

/** The number of bytes that may be in transit in one direction; more are not read from the sender. */
const ROOM = 64 * 1024

/** One direction of a connection. */
interface Direction {
  readonly faults: () => LinkFaults
  /** Counts the bytes that are held back. */
  readonly hold: (bytes: number) => void
}

/** Passes the bytes of one direction on, in order. */
function carry(from: Socket, to: Socket, { faults, hold }: Direction): void {
  let held = 0
  let last = Promise.resolve()
  const next = (step: () => Promise<unknown>): void => {
    last = last.then(async () => void (await step()))
  }
  from.on('data', (chunk: Buffer) => {
    const due = performance.now() + faults().delay
    held += chunk.length
    hold(chunk.length)
    if (held > ROOM) from.pause()
    next(async () => {
      await pass(chunk, to, { due, faults })
      held -= chunk.length
      hold(-chunk.length)
      if (held <= ROOM) from.resume()
    })
  })
  from.on('end', () => next(async () => (await passes(faults)) && to.end()))
  from.on('error', () => {
    if (!faults().lost) reset(to)
  })
}

interface ChunkTransfer {
  /** The time from which on the bytes may arrive. */
  readonly due: number
  readonly faults: () => LinkFaults
}

async function pass(chunk: Buffer, to: Socket, { due, faults }: ChunkTransfer): Promise<void> {
  const wait = due - performance.now()
  if (wait > 0) await setTimeout(wait)
  let rest = chunk
  while (rest.length > 0 && (await passes(faults))) {
    const { drops } = faults()
    const size = drops?.bytes ?? rest.length
    await write(to, rest.subarray(0, size))
    rest = rest.subarray(size)
    if (drops) await setTimeout(drops.ms)
  }
}

/** Waits while bytes are held back. @returns whether the bytes arrive */
async function passes(faults: () => LinkFaults): Promise<boolean> {
  for (let now = faults(); ; now = faults()) {
    await now.passable
    if (now === faults()) return !now.lost
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
