/** A request to an inspector. */
export interface InspectorRequest {
  readonly method: string
  /** The path below that of the inspector, beginning with `/`. */
  readonly path: string
  /** The URL of the request as the server got it: path and query. */
  readonly url: string
  /** Header fields, by lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** The answer to a request. */
export interface InspectorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

/** The error for an invalid request. */
export class BadRequest extends Error {
  readonly status: number
  readonly code: string

  constructor(message: string, status = 400, code = 'invalid_request') {
    super(message)
    this.status = status
    this.code = code
  }
}

// Only files of the inspector are loaded, and nothing that a client of the hub has sent can become markup.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** Headers of every answer. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** An answer with a JSON body, which no cache keeps. */
export function jsonAnswer(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}) {
  const head = {
    ...SECURITY_HEADERS,
    'cache-control': 'no-store',
    'content-type': 'application/json; charset=utf-8',
    ...headers,
  }
  return { status, headers: head, body: JSON.stringify(value) } satisfies InspectorAnswer
}

/** The answer to an invalid request. */
export function errorAnswer({ status, code, message }: BadRequest, headers: Readonly<Record<string, string>> = {}) {
  return jsonAnswer(status, { error: { code, message } }, headers)
}
