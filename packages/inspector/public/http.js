/** Why the server did not answer as it should. */
export class Failure extends Error {
  /**
   * @param kind `signed-out`, `busy`, `refused`, `failed` or `unreachable`
   * @param wait milliseconds that the server asks for
   */
  constructor(kind, message, wait = 0) {
    super(message)
    this.kind = kind
    this.wait = wait
  }
}

const OWN_HEADER = 'X-Wshub-Inspector'
const PATIENCE_MS = 20_000

/** Asks the inspector. @throws Failure */
export const read = (path, parameters) => ask('GET', path, parameters)

/** Has the inspector do something. @throws Failure */
export const act = (path, parameters) => ask('POST', path, parameters)

async function ask(method, path, parameters = {}) {
  const response = await send(method, `api/${path}${queryOf(parameters)}`)
  // The login page of the app, by whatever way.
  if (response.type === 'opaqueredirect' || response.status === 401 || response.status === 403) {
    throw new Failure('signed-out', 'You are signed out, or may not see this.')
  }
  if (response.status === 429 || response.status === 503) {
    throw new Failure('busy', 'The server asks for a pause.', waitOf(response))
  }
  const value = await response.json().catch(() => undefined)
  if (response.ok && value !== undefined) return value
  const message = value?.error?.message
  if (response.status === 400 && message) throw new Failure('refused', message)
  throw new Failure('failed', `The server answered with ${response.status}.`)
}

async function send(method, url) {
  try {
    return await fetch(url, {
      method,
      headers: { accept: 'application/json', [OWN_HEADER]: '1' },
      cache: 'no-store',
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
  } catch {
    throw new Failure('unreachable', 'The server does not answer.')
  }
}

export function queryOf(parameters) {
  const set = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== '')
  return set.length === 0 ? '' : `?${new URLSearchParams(set)}`
}

/** `Retry-After` as milliseconds: seconds, or a date. */
function waitOf(response) {
  const header = response.headers.get('retry-after') ?? ''
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(wait) ? Math.max(0, wait) : 0
}
