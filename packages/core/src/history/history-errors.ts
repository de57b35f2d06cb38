import { HubError, quote } from '../errors.js'

/** The error for a call to the history of a room that has none any more. */
export function noHistory(): HubError {
  return new HubError('no_history', 'The room has no history any more.')
}

/** The error for a history that can't be read at the moment. A later attempt may succeed. */
export function unavailable(cause?: unknown): HubError {
  return new HubError('unavailable', 'The history can not be read at the moment.', { cause })
}

/** The error for a message that is not delivered, because the store has not kept it. */
export function notKept(room: string): HubError {
  return new HubError('not_kept', `A message to the room ${quote(room)} could not be kept and was not delivered.`)
}
