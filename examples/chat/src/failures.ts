import { HubError } from '@wshub/core'

// The errors of the app, and the answers that clients get.

export function unauthorized(): HubError {
  return new HubError('unauthorized', 'Log in first: POST /login.', { status: 401 })
}

export function notFound({ method, url }: { method: string; url: string }): HubError {
  return new HubError('not_found', `There is no ${method} ${url.split('?', 1)[0]}.`, { status: 404 })
}

export function notJson(): HubError {
  return new HubError('not_json', 'Send JSON, with Content-Type: application/json.', { status: 415 })
}

export interface Answer {
  readonly status: number
  readonly body: { readonly error: object }
}

type Failure = Partial<Record<'status' | 'statusCode', number>> & Partial<Pick<HubError, 'message' | 'issues'>>

/**
 * The answer to a request that has failed. Errors of the app and of the framework have a status and may be shown to the
 * client. An error without a status is a bug, and its message is not shown.
 */
export function answerTo(error: unknown): Answer {
  const { statusCode = 500, status = statusCode, message, issues } = error as Failure
  const isOurs = error instanceof HubError
  if (isOurs || status < 500) {
    const code = isOurs ? error.code : 'invalid_request'
    return { status, body: { error: { code, message, issues } } }
  }
  console.error(error)
  return { status, body: { error: { code: 'internal', message: 'The server failed.' } } }
}
