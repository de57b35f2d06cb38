import { HubError } from '../errors.js'

/** The error of a history that can't be read now. Asking again later may succeed. */
export function unavailable(cause?: unknown): HubError {
  return new HubError('unavailable', 'The history can not be read at the moment.', { status: 503, cause })
}
