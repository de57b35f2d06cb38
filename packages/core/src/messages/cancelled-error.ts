import { HubError } from '../errors.js'

/** The answer to a request that its client has cancelled. */
export function cancelledError(): HubError {
  return new HubError('cancelled', 'The client has cancelled the request.')
}
