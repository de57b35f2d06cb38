import { releaseUpgrade } from '@wshub/core/adapter'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { WebSocket } from '@fastify/websocket'
import type { FastifyWebsocketBridge, RouteHandler } from './fastify-websocket-bridge.js'
import { ShadowSocket } from './shadow-socket.js'

type TrialAnswer = Promise<string | undefined>
type DecideUpgrade = (request: FastifyRequest, reply: FastifyReply) => TrialAnswer

const trials = new WeakMap<object, UpgradeTrial>()

/**
 * One upgrade on a route of @fastify/websocket whose handler is of unknown kind: it may be that plugin's own, or call a
 * handler of `upgrade()`. Nobody can tell before it runs, so it runs with a WebSocket whose 101 is held back. If
 * `upgrade()` is called meanwhile, the 101 is dropped, and the app answers as on any route.
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

  /** Ends the trial. @returns the answer of `upgrade()`; `undefined` if it was not called */
  end(): TrialAnswer | undefined {
    this.#over = true
    return this.#answer
  }

  /** Takes the upgrade for `upgrade()`. @throws Error if the 101 of the other plugin is out already */
  claim(decide: DecideUpgrade): Promise<undefined> {
    if (this.#over) {
      throw new Error(
        'upgrade() was called too late: on a route with `websocket: true` call it before anything is awaited, or leave ' +
          'that option out.',
      )
    }
    this.#answer = decide(this.#request, this.#reply)
    return this.#answer.then(ignore, ignore)
  }
}

/** The trial that a handler runs in if it was called as those of @fastify/websocket are, with socket and request. */
export function trialOf(request: unknown): UpgradeTrial | undefined {
  const { raw } = Object(request) as Partial<FastifyRequest>
  return raw && trials.get(raw)
}

/** What an answer says that lets nobody in. */
export interface TrialRefusal {
  readonly status: number
  readonly message: string
}

/** What a route is tried with. */
export interface TrialParts {
  readonly route: FastifyInstance
  readonly handler: RouteHandler
  readonly bridge: FastifyWebsocketBridge
  /** Why a handler of @fastify/websocket may not have the client. */
  readonly refusal: TrialRefusal | undefined
}

/** Finds out by a trial what the handler of a route is, and answers. */
export function runTrial(parts: TrialParts, request: FastifyRequest, reply: FastifyReply): unknown {
  const { raw } = request
  const trial = new UpgradeTrial(request, reply)
  const shadow = new ShadowSocket(raw.socket)
  parts.bridge.give({ request: raw, socket: raw.socket, head: Buffer.alloc(0) })
  const opened = open(parts, request, reply)
  const answer = trial.end()
  if (answer ?? parts.refusal) {
    shadow.discard()
    forget(request, opened)
    parts.bridge.announce(raw)
    return answer ?? (parts.refusal && refuse(reply, parts.refusal))
  }
  reply.hijack()
  shadow.release(releaseUpgrade(raw)?.head)
  return undefined
}

/** Answers with a refusal in plain text. */
export function refuse(reply: FastifyReply, { status, message }: TrialRefusal): FastifyReply {
  return reply.code(status).type('text/plain').send(`${message}\n`)
}

/** Runs the handler. @returns the WebSocket that it got */
function open({ route, handler }: TrialParts, request: FastifyRequest, reply: FastifyReply): WebSocket | undefined {
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

/** Nobody needs the WebSocket that a handler has got: who listens to it learns that it is closed. */
function forget({ server: { websocketServer } }: FastifyRequest, socket: WebSocket | undefined): void {
  if (!socket) return
  websocketServer.clients.delete(socket)
  socket.emit('close', 1006, Buffer.alloc(0))
}

/** A reply that stays Fastify's until it is known who answers. */
function withoutHijack(reply: FastifyReply): FastifyReply {
  return Object.create(reply, { hijack: { value: () => reply } }) as FastifyReply
}

function ignore(): undefined {}
