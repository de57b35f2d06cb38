/** The party that must fix the cause of an error. */
export type Fault = 'client' | 'app' | 'infrastructure'

/**
 * How a client retries after an error: `never` with the same request, `later` after a random delay, or `reconnect` on a
 * new connection.
 */
export type Retry = 'never' | 'later' | 'reconnect'

/** The rule of an error code. */
export interface ErrorRule {
  /** The HTTP status with which a handshake is refused. */
  readonly status: number
  /** The party that must fix the cause. */
  readonly fault: Fault
  /** Whether a client may retry. */
  readonly retry: Retry
  /** When the error occurs. */
  readonly meaning: string
}

const client = (status: number, meaning: string, retry: Retry = 'never'): ErrorRule => ({
  status,
  fault: 'client',
  retry,
  meaning,
})
const app = (status: number, meaning: string, retry: Retry = 'never'): ErrorRule => ({
  status,
  fault: 'app',
  retry,
  meaning,
})
const infrastructure = (meaning: string, status = 503): ErrorRule => ({
  status,
  fault: 'infrastructure',
  retry: 'later',
  meaning,
})

/**
 * Every code that wshub uses, and the general ones that an app may use.
 * [Errors](https://github.com/wshub/wshub/blob/main/docs/errors.md) shows this table.
 */
export const ERROR_CODES = {
  bad_request: client(400, 'For apps: the request is invalid.'),
  unauthorized: client(401, 'For apps: the client is not authenticated.'),
  forbidden: client(403, 'The user may not do this, or may not join this room. Also for apps.'),
  not_found: client(404, 'For apps: the resource does not exist.'),
  conflict: client(409, 'For apps: the request contradicts the current state.'),

  invalid_message: client(400, 'The frame is not an envelope, and the app accepts no raw frames.'),
  unknown_type: client(404, 'The app has no handler for this message type.'),
  invalid_payload: client(400, 'A schema refused the payload. `issues` says why.'),
  rate_limited: client(429, 'The client exceeded `limits.messageRate`.', 'later'),
  too_many_pings: client(429, 'The client sends pings but does not read the pongs.', 'reconnect'),
  too_many_connections: client(429, 'The user or the address has too many connections.', 'later'),
  too_many_rooms: client(429, 'The connection would be in more rooms than `limits.maxRoomsPerConnection`.'),
  too_many_streams: client(429, 'The connection has `limits.maxStreams` streamed replies in progress.', 'later'),
  invalid_cursor: client(400, 'The `cursor` of `hub.list` was changed, cut, or made by another hub or server.'),
  invalid_room: client(400, 'The room name is empty, too long, or contains a control character.'),
  not_in_room: client(403, 'The connection is not a member of the room.'),
  too_many_joins: client(429, 'Too many joins of the connection or of the hub wait for `authorize`.', 'later'),
  no_history: client(404, 'The room has no history. Also: an emit with bytes to a room with history.'),
  recovering: client(409, 'A join or a recovery of the same room is in progress.', 'later'),
  left: client(409, 'The connection left the room while the request was in progress.'),
  revoked: client(401, 'The user or the session was disconnected during the handshake.'),
  other_user: client(403, 'A repeated handshake belongs to another user than the connection.'),
  closed: client(410, 'The connection is closed.', 'reconnect'),
  slow_consumer: client(429, 'The client reads too slowly, so the server sends it no request.', 'later'),
  timeout: client(
    504,
    'The other side did not answer in time: the client, or a handler or `authorize` of the app.',
    'later',
  ),
  cancelled: client(409, 'The client cancelled the request with `hub:cancel`.'),
  remote_error: client(502, 'The client answered a request of the server with an error without a usable code.'),

  internal: app(500, 'A handler failed. The client gets no details.'),
  invalid_description: app(500, '`describe` did not return a valid description.'),
  room_exists: app(409, '`createRoom` was called twice with one name.'),
  open_timeout: app(503, '`onOpen` took longer than `limits.openTimeout`.', 'reconnect'),
  handshake_too_old: app(503, 'The app took too long to answer the handshake.', 'reconnect'),
  revalidate_timeout: app(503, '`revalidate.check` did not settle in time.', 'later'),
  not_repeatable: app(
    502,
    'The app answered a repeated handshake with a status that neither accepts nor refuses it.',
    'later',
  ),
  refresh_failed: app(502, 'The app failed on a repeated handshake.', 'later'),
  mass_refusal: app(
    503,
    'The app refused many repeated handshakes at once. Each connection stays open until its next one is refused too.',
    'later',
  ),
  too_big: app(413, 'A message is too big to be sent to other servers.'),

  hub_full: infrastructure('The server has `limits.maxConnections` connections.'),
  hub_overloaded: infrastructure('The hub holds `limits.maxHubBytes` for its connections.'),
  room_full: infrastructure('The room has `maxMembers` members on this server.'),
  hub_closing: infrastructure('The server is shutting down.'),
  unavailable: infrastructure(
    'The store of a history cannot be reached, or the server is shutting down. A message of `history.append` is not kept.',
  ),
  unknown: infrastructure('The store did not confirm a message of `history.append`. It may have been kept.'),
  not_kept: infrastructure('The store did not keep a message, so the room does not deliver it.'),
  broker_down: infrastructure('The broker is not connected.'),
  broker_timeout: infrastructure('The broker did not answer in time.'),
  broker_overloaded: infrastructure('Too many commands wait for the broker.'),
  broker_failed: infrastructure('The broker returned an invalid answer.'),
  broker_overtaken: infrastructure('A later message of the server reached the store first, so this one is not kept.'),
  broker_denied: infrastructure('The store of the broker refuses the user, the password or a command.'),
  broker_readonly: infrastructure('The store of the broker is a replica and accepts no writes.'),
  broker_full: infrastructure('The store of the broker is out of memory and accepts no writes.'),
  broker_misconfigured: infrastructure('The store of the broker cannot save its data and accepts no writes.'),
  broker_loading: infrastructure('The store of the broker is loading its data.'),
  broker_evicts: infrastructure('The store of the broker removes keys when its memory is full.'),
  broker_repaired: infrastructure('Keys in the store held foreign data and were replaced.'),
  broker_foreign: infrastructure('Another program publishes under the names of the broker.'),
  broker_version: infrastructure('A server with another version of the broker uses the same names.'),
} as const satisfies Readonly<Record<string, ErrorRule>>

/** A code that wshub knows. */
export type HubErrorCode = keyof typeof ERROR_CODES

const APP_RULE: ErrorRule = client(400, 'A code of the app.')

/** Whether wshub has a rule for this code. */
export function isKnown(code: string): code is HubErrorCode {
  return Object.hasOwn(ERROR_CODES, code)
}

/** The rule of a code. A code of the app without a rule counts as an answer to what the client asked: 400, `client`. */
export function ruleOf(code: string): ErrorRule {
  return isKnown(code) ? ERROR_CODES[code] : APP_RULE
}
