import { context, diag, DiagLogLevel, SpanStatusCode, trace as api } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { HubError, Router } from '@wshub/core'
import { trace } from '@wshub/telemetry/opentelemetry'
import { closeHubServers, HubServer } from '../../core/test/hub-server.js'
import { until } from '../../../test/support/wait.js'

// Spans of the real OpenTelemetry SDK.

const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const tracer = provider.getTracer('test')
const ends: (() => void)[] = []

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})

afterEach(async () => {
  for (const end of ends.splice(0)) end()
  exporter.reset()
  await closeHubServers()
})

afterAll(() => {
  context.disable()
  diag.disable()
})

function spansOf(name: string): ReadableSpan[] {
  return exporter.getFinishedSpans().filter((span) => span.name === name)
}

/** A server with a traced hub. */
function tracedServer(router: Router): HubServer {
  const hubServer = new HubServer({ router, name: 'chat', onError: () => {} })
  ends.push(trace(hubServer.hub, { tracer }))
  return hubServer
}

describe('the span of a message', () => {
  test.each([
    ['returns at once', () => 'done'],
    ['returns a promise', async () => 'done'],
  ])('a handler that %s has one span, linked to the handshake of its connection', async (_, handler) => {
    const { client, connection } = await tracedServer(new Router().handle('ask', handler)).connect()
    await client.request('ask')
    await until(() => spansOf('wshub ask').length === 1)
    const [handshake] = spansOf('wshub handshake')
    const [span] = spansOf('wshub ask')
    expect(handshake?.attributes).toEqual({ 'wshub.hub': 'chat', 'wshub.status': 101 })
    expect(span?.attributes).toEqual({ 'wshub.hub': 'chat', 'wshub.route': 'ask', 'wshub.connection': connection.id })
    expect(span?.parentSpanContext).toBeUndefined()
    expect(span?.links.map(({ context: link }) => link.spanId)).toEqual([handshake?.spanContext().spanId])
  })

  test('spans that a handler begins are children of the span of its message', async () => {
    const router = new Router().handle('ask', async () => {
      await Promise.resolve()
      tracer.startSpan('query').end()
    })
    const { client } = await tracedServer(router).connect()
    await client.request('ask')
    await until(() => spansOf('wshub ask').length === 1)
    expect(spansOf('query')[0]?.parentSpanContext?.spanId).toBe(spansOf('wshub ask')[0]?.spanContext().spanId)
  })

  test.each([
    [new Error('a bug'), 'internal', SpanStatusCode.ERROR],
    [new HubError('forbidden'), 'forbidden', SpanStatusCode.UNSET],
    [new HubError('code of a client', 'x', { status: 500 }), 'other', SpanStatusCode.ERROR],
  ])('a handler that throws %p has the code %p', async (error, code, status) => {
    const router = new Router().handle('ask', async () => {
      throw error
    })
    const { client } = await tracedServer(router).connect()
    await client.request('ask').catch(() => undefined)
    await until(() => spansOf('wshub ask').length === 1)
    const [span] = spansOf('wshub ask')
    expect([span?.attributes['wshub.error.code'], span?.status.code]).toEqual([code, status])
  })

  test('all types that clients invent get spans of one name', async () => {
    const hubServer = tracedServer(new Router())
    const { client } = await hubServer.connect()
    for (let n = 0; n < 100; n += 1) client.send(JSON.stringify({ type: `invented ${n}` }))
    await until(() => spansOf('wshub hub:other').length === 100)
    expect(new Set(exporter.getFinishedSpans().map(({ name }) => name))).toEqual(
      new Set(['wshub handshake', 'wshub hub:other']),
    )
  })
})

test('the span of a handshake is a child of the span of its request', async () => {
  const hubServer = tracedServer(new Router())
  const request = tracer.startSpan('GET')
  await context.with(api.setSpan(context.active(), request), async () => hubServer.connect())
  expect(spansOf('wshub handshake')[0]?.parentSpanContext?.spanId).toBe(request.spanContext().spanId)
})

test('no span begins for a hub that is not traced, or after tracing has ended', async () => {
  const router = new Router().handle('ask', () => 'done')
  const traced = tracedServer(router)
  const { client: other } = await new HubServer({ router }).connect()
  await other.request('ask')
  for (const end of ends.splice(0)) end()
  const { client } = await traced.connect()
  await client.request('ask')
  expect(exporter.getFinishedSpans()).toEqual([])
})

test('a tracer that throws is reported to the diagnostics of OpenTelemetry, and the client gets its answer', async () => {
  const logged: string[] = []
  const log = (text: string): void => void logged.push(text)
  diag.setLogger(
    { error: log, warn: log, info: log, debug: log, verbose: log },
    { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
  )
  const broken = {
    startSpan: () => {
      throw new Error('broken')
    },
    startActiveSpan: () => {
      throw new Error('broken')
    },
  }
  const hubServer = new HubServer({ router: new Router().handle('ask', () => 'done') })
  ends.push(trace(hubServer.hub, { tracer: broken }))
  const { client } = await hubServer.connect()
  expect(await client.request('ask')).toBe('done')
  expect(logged).toEqual(['@wshub/telemetry: a span failed.', '@wshub/telemetry: a span failed.'])
})
