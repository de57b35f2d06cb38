import { type Span, SpanStatusCode } from '@opentelemetry/api'
import { HubError } from '@wshub/core'
import { errorLabel } from '../error-label.js'

/** The outcome of a traced operation. */
export interface Ended {
  readonly result?: unknown
  readonly error?: unknown
}

/** Ends a span with its outcome. An error that the client has caused does not mark the span as failed. */
export function endSpan(span: Span, { result, error }: Ended): void {
  if (error !== undefined) fail(span, error)
  const { status } = (result ?? {}) as { readonly status?: unknown }
  if (typeof status === 'number') span.setAttribute('wshub.status', status)
  span.end()
}

function fail(span: Span, error: unknown): void {
  span.setAttribute('wshub.error.code', error instanceof HubError ? errorLabel(error.code) : 'internal')
  if (error instanceof HubError && error.fault === 'client') return
  span.recordException(error instanceof Error ? error : String(error))
  span.setStatus({ code: SpanStatusCode.ERROR })
}
