import { HubError } from '../errors.js'
import type { Envelope } from '../protocol/index.js'
import { kindOf } from '../util/option-rules.js'
import type { JoinRefusal } from './join-state.js'

const SENTENCES: Readonly<Record<JoinRefusal, string>> = {
  recovering: 'Another request of the connection for this room is in progress.',
  too_many_joins: 'Too many joins wait to be authorised.',
  unavailable: 'The server is going away.',
  left: 'The connection has left the room.',
  timeout: 'The server has not decided in time.',
}

/** The error for a request that is refused without a decision of the app. */
export function refusalError(code: JoinRefusal): HubError {
  return new HubError(code, SENTENCES[code])
}

/** The same error for rooms that do not exist, are closed to clients, or are refused by the app: clients must not tell them apart. */
export function forbidden(): HubError {
  return new HubError('forbidden', 'The connection may not join this room.')
}

/** The error for `onError` if `authorize` does not settle. @param ms its timeout */
export function authorizeTimedOut(ms: number): HubError {
  return new HubError('timeout', `authorize has not settled within ${ms} ms.`, { status: 503, fault: 'app' })
}

/** The error for `onError` if `authorize` returns neither true nor false. The join was refused. */
export function notBoolean(verdict: unknown): TypeError {
  return new TypeError(`authorize must return true or false, not ${kindOf(verdict)}.`)
}

/** The id of a request. @throws HubError `invalid_message` if there is none: the client would not learn the outcome */
export function requiredId(type: string, id: Envelope['id']): string | number {
  if (id !== undefined) return id
  throw new HubError('invalid_message', `A ${type} needs an id.`)
}
