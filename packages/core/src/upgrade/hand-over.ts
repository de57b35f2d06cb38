import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import * as rule from '../util/option-rules.js'
import { HubError, warnProcess } from '../errors.js'
import { Capacity } from '../admission/capacity.js'
import type { ConnectionSlot } from '../admission/connection-slot.js'
import type { RequestInfo } from './upgrader.js'
import { upgradeRequired } from './upgrade-required.js'
import type { PendingConnection } from './upgrade-arguments.js'
import { OriginList, type Origins } from './origin.js'
import { type HttpAnswer, refusalAnswer, type HttpRefusal } from './http-answer.js'
import { exchangeOf } from './exchange-registry.js'

/** The part of another WebSocket server that `handOver()` uses: a `WebSocketServer` of ws with `noServer: true`. */
export interface SocketServer {
  /** Answers the upgrade with `101` and calls `done` with the client. */
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    done: (client: object, request: IncomingMessage) => void,
  ): void
  /** Adds a listener that may change the header lines of a `101`. */
  on(event: 'headers', listener: (lines: string[], request: IncomingMessage) => void): unknown
  /** Emits an event, such as `connection` for a new client. */
  emit(event: string, ...args: unknown[]): boolean
}

/** Options of a route whose clients go to another WebSocket server. */
export interface HandOverOptions {
  /** Origins that may connect besides the request's own host, as in `upgrade()`. @default those of `attach` */
  readonly origins?: Origins | undefined
  /** Connections of the route; beyond them handshakes get 503. @default no limit */
  readonly maxConnections?: number | undefined
  /** Connections of one IPv4 address or IPv6 /64; beyond them handshakes get 429. @default no limit */
  readonly maxConnectionsPerAddress?: number | undefined
}

const HAND_OVER_RULES: rule.Rules<HandOverOptions> = {
  origins: () => undefined,
  maxConnections: rule.atMost('connections'),
  maxConnectionsPerAddress: rule.atMost('connections'),
}

const isServer = rule.having('handleUpgrade', 'on', 'emit')

/**
 * The part of `handOver()` that knows no framework: it decides which clients of a route go to another WebSocket server.
 * @throws TypeError if `server` is not a WebSocketServer with `noServer`, or if an option is wrong
 */
export class HandOver {
  readonly #server: SocketServer
  readonly #origins: OriginList | undefined
  readonly #capacity: Capacity
  /** The header lines of the app's 101, until the server writes its own. */
  readonly #lines = new WeakMap<IncomingMessage, readonly string[]>()

  constructor(server: SocketServer, options: HandOverOptions = {}) {
    if (isServer(server) || (server as { options?: { noServer?: boolean } }).options?.noServer === false)
      throw new TypeError('handOver() needs a WebSocketServer of ws with the option noServer.')
    rule.check('', options, HAND_OVER_RULES)
    const { maxConnections = Infinity, maxConnectionsPerAddress = Infinity } = options
    this.#server = server
    this.#origins = options.origins === undefined ? undefined : new OriginList(options.origins)
    this.#capacity = new Capacity({ maxConnections, maxConnectionsPerAddress, maxConnectionsPerUser: Infinity })
    server.on('headers', (lines, request) => void lines.push(...(this.#lines.get(request) ?? [])))
  }

  /** Decides on a request. @returns the answer to send; 101, without a body, if the client is accepted */
  admit(request: IncomingMessage, { host = '', secure, address = '', policy }: RequestInfo): HttpAnswer {
    const exchange = exchangeOf(request)
    if (!exchange) return upgradeRequired(request)
    const objection = (policy ?? exchange.options.policy).check(request, { host, secure }, this.#origins)
    const refusal = objection?.refusal ?? this.#reserve(address, (slot) => exchange.accept(this.#pending(slot)))
    if (!refusal) return { status: 101, headers: {}, body: '' }
    exchange.stopWaiting()
    return refusalAnswer(refusal)
  }

  #reserve(address: string, use: (slot: ConnectionSlot) => void): HttpRefusal | undefined {
    try {
      use(this.#capacity.reserve(undefined, address))
      return undefined
    } catch (error) {
      if (error instanceof HubError) return error
      throw error
    }
  }

  #pending(slot: ConnectionSlot): PendingConnection {
    return {
      release: () => slot.release(),
      take: ({ request, socket, head }, headers) => {
        socket.once('close', () => slot.release())
        this.#lines.set(request, headers)
        try {
          this.#server.handleUpgrade(request, socket, head, (client) =>
            this.#server.emit('connection', client, request),
          )
        } catch (error) {
          warnProcess('A WebSocket server threw on a connection', error)
          socket.destroy()
        }
      },
    }
  }
}
