import type { WebSocket } from '@fastify/websocket'
import { releaseUpgrade } from '@wshub/core/adapter'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { RouteHandler } from '../upgrade-route.js'
import type { SocketAccess } from './withheld-socket.js'
import { HeldWrites } from './held-writes.js'
import { noop } from '@wshub/core/internal'

/** The body of an answer of `upgrade()`. */
type TrialAnswer = Promise<string | undefined>
type Admit = (request: FastifyRequest, reply: FastifyReply) => TrialAnswer

const trials = new WeakMap<object, UpgradeTrial>()

/**
 * One upgrade on a route of @fastify/websocket whose handler may use the WebSocket of that plugin, or may call a handler of
 * `upgrade()`. Only calling the route's handler shows which, so it is called with a WebSocket whose 101 is held back. If it calls
 * `upgrade()`, the 101 is dropped, and the app answers as on any route.
 */
export class UpgradeTrial {
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  #answer: TrialAnswer | undefined
  #over = false

  constructor(request: FastifyRequest, reply: FastifyReply) {
    this.#request = request
    this.#reply = reply
    trials.set(request.raw, this)
  }

  /** Ends the trial. @returns the answer of `upgrade()`; `undefined` if the handler did not call it */
  end(): TrialAnswer | undefined {
    this.#over = true
    return this.#answer
  }

  /** Answers with `upgrade()`. @throws Error if the 101 of @fastify/websocket was already sent */
  claim(admit: Admit): Promise<undefined> {
    if (this.#over) {
      throw new Error(
        'upgrade() was called too late: on a route with `websocket: true` call it before anything is awaited, or leave ' +
          'that option out.',
      )
    }
    this.#answer = admit(this.#request, this.#reply)
    return this.#answer.then(noop, noop)
  }
}

/** The trial of a request; `undefined` for anything else. */
export function trialOf(request: unknown): UpgradeTrial | undefined {
  const { raw }: { raw?: object } = Object(request)
  return raw && trials.get(raw)
}

/** Why a request is refused. */
export interface TrialRefusal {
  readonly status: number
  readonly message: string
}

/** A route to try. */
export interface TrialParts {
  readonly route: FastifyInstance
  readonly handler: RouteHandler
  readonly access: SocketAccess
  /** Why a handler of @fastify/websocket must not get the client. */
  readonly refusal: TrialRefusal | undefined
}

/** Calls the handler of a route in a trial, and answers. */
export function runTrial(parts: TrialParts, request: FastifyRequest, reply: FastifyReply): unknown {
  const { raw } = request
  const trial = new UpgradeTrial(request, reply)
  const held = new HeldWrites(raw.socket)
  parts.access.give({ request: raw, socket: raw.socket, head: Buffer.alloc(0) })
  const opened = openTrial(parts, request, reply)
  const answer = trial.end()
  if (answer ?? parts.refusal) {
    held.discard()
    forget(request, opened)
    parts.access.withhold(raw)
    return answer ?? (parts.refusal && refuse(reply, parts.refusal))
  }
  reply.hijack()
  held.release(releaseUpgrade(raw)?.head)
  return undefined
}

/** Answers with a refusal in plain text. */
export function refuse(reply: FastifyReply, { status, message }: TrialRefusal): FastifyReply {
  return reply.code(status).type('text/plain').send(`${message}\n`)
}

/** Calls the handler. @returns the WebSocket that it got */
function openTrial(
  { route, handler }: TrialParts,
  request: FastifyRequest,
  reply: FastifyReply,
): WebSocket | undefined {
  const { websocketServer } = request.server
  let opened: WebSocket | undefined
  const remember = (socket: WebSocket): void => void (opened = socket)
  websocketServer.prependOnceListener('connection', remember)
  try {
    handler.call(route, request, withoutHijack(reply))
    return opened
  } finally {
    websocketServer.off('connection', remember)
  }
}

/** Forgets the WebSocket of a handler that called `upgrade()`: its listeners get the event `close`. */
function forget({ server: { websocketServer } }: FastifyRequest, socket: WebSocket | undefined): void {
  if (!socket) return
  websocketServer.clients.delete(socket)
  socket.emit('close', 1006, Buffer.alloc(0))
}

/** A reply that the handler of @fastify/websocket cannot hijack: Fastify may still have to answer. */
function withoutHijack(reply: FastifyReply): FastifyReply {
  return Object.create(reply, { hijack: { value: () => reply } })
}
