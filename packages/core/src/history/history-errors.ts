import { HubError, quote } from '../errors.js'

/** The error of a call to a history that the room has lost. */
export function noHistory(): HubError {
  return new HubError('no_history', 'The room has no history any more.')
}

/** The error of a history that can't be read now. Asking again later may succeed. */
export function unavailable(cause?: unknown): HubError {
  return new HubError('unavailable', 'The history can not be read at the moment.', { cause })
}

/** The error of a message that its room loses, because the store has not kept it. */
export function notKept(room: string): HubError {
  return new HubError('not_kept', `A message to the room ${quote(room)} could not be kept and was not delivered.`)
}
