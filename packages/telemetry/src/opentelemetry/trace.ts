import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import {
  type Context,
  context,
  diag,
  ROOT_CONTEXT,
  type SpanContext,
  trace as api,
  type Tracer,
} from '@opentelemetry/api'
import type { DiagnosticsTraces } from '@wshub/core'
import { contextStore } from './context-store.js'
import { endSpan } from './end-span.js'

/** Options of `trace`. */
export interface TraceOptions {
  /** @default the tracer of the global provider */
  readonly tracer?: Tracer | undefined
}

type HandshakeTrace = DiagnosticsTraces['wshub:handshake']
type MessageTrace = DiagnosticsTraces['wshub:message']

/**
 * Makes a span for each handshake and for each message of a hub. The span of a handshake belongs to the trace of its
 * request. The span of a message begins a trace of its own, is linked to the span of its connection's handshake, and is
 * active in the handler.
 * @returns a function that stops the tracing: no further span begins
 */
export function trace(hub: object, { tracer = api.getTracer('@wshub/telemetry') }: TraceOptions = {}): () => void {
  const spans = new HubSpans(hub, tracer)
  const undo = [spans.followHandshakes(), spans.followMessages()]
  return () => {
    for (const step of undo) step()
  }
}

/** The spans of one hub. */
class HubSpans {
  readonly #hub: object
  readonly #tracer: Tracer
  /** The span context of the handshake. It is available in everything that the connection does. */
  readonly #handshake = new AsyncLocalStorage<SpanContext | undefined>()
  readonly #contexts = new WeakMap<object, Context>()

  constructor(hub: object, tracer: Tracer) {
    this.#hub = hub
    this.#tracer = tracer
  }

  followHandshakes(): () => void {
    const channels = tracingChannel<SpanContext | undefined, HandshakeTrace>('wshub:handshake')
    const store = this.#handshake
    channels.start.bindStore(store, (payload) => safely(() => this.#startHandshake(payload)) ?? store.getStore())
    const ended = (payload: unknown): void => this.#end(payload as HandshakeTrace)
    channels.asyncEnd.subscribe(ended)
    return () => {
      channels.start.unbindStore(store)
      channels.asyncEnd.unsubscribe(ended)
    }
  }

  followMessages(): () => void {
    const { start, end, asyncEnd } = tracingChannel<Context | undefined, MessageTrace>('wshub:message')
    const store = contextStore(start)
    // Without a store the span is not active in the handler.
    const began = (payload: unknown): void => void safely(() => this.#startMessage(payload as MessageTrace))
    if (store) start.bindStore(store, (payload) => safely(() => this.#startMessage(payload)) ?? store.getStore())
    else start.subscribe(began)
    const returned = (payload: unknown): void => {
      // A handler that has returned a promise has no outcome yet.
      const message = payload as MessageTrace
      if ('result' in message || 'error' in message) this.#end(message)
    }
    const ended = (payload: unknown): void => this.#end(payload as MessageTrace)
    end.subscribe(returned)
    asyncEnd.subscribe(ended)
    return () => {
      if (store) start.unbindStore(store)
      else start.unsubscribe(began)
      end.unsubscribe(returned)
      asyncEnd.unsubscribe(ended)
    }
  }

  #startHandshake(payload: HandshakeTrace): SpanContext | undefined {
    if (payload.hub !== this.#hub) return undefined
    const attributes = { 'wshub.hub': payload.hub.name }
    const span = this.#tracer.startSpan('wshub handshake', { attributes }, context.active())
    this.#contexts.set(payload, api.setSpan(context.active(), span))
    return span.spanContext()
  }

  #startMessage(payload: MessageTrace): Context | undefined {
    const { connection, route } = payload
    if (connection.hub !== this.#hub) return undefined
    const handshake = this.#handshake.getStore()
    const span = this.#tracer.startSpan(`wshub ${route}`, {
      root: true,
      links: handshake ? [{ context: handshake }] : [],
      attributes: { 'wshub.hub': connection.hub.name, 'wshub.route': route, 'wshub.connection': connection.id },
    })
    const active = api.setSpan(context.active(), span)
    this.#contexts.set(payload, active)
    return active
  }

  #end(payload: HandshakeTrace | MessageTrace): void {
    const span = api.getSpan(this.#contexts.get(payload) ?? ROOT_CONTEXT)
    if (span) safely(() => endSpan(span, payload))
  }
}

/** Node turns an error of a subscriber into an uncaughtException: a tracer that fails must not end the process. */
function safely<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch (error) {
    diag.error('@wshub/telemetry: a span failed.', error)
    return undefined
  }
}
