import { BadRequest, type InspectorRequest } from './inspector-answer.js'

/** The header of every request of the page that does more than read. Pages of other origins can't send it without a CORS preflight. */
const OWN_HEADER = 'x-wshub-inspector'

/** @throws BadRequest if the request may come from another page than that of the inspector */
export function assertOwnPage({ headers }: InspectorRequest): void {
  if (headers[OWN_HEADER] === undefined) throw notOwnPage(`The header ${OWN_HEADER} is required.`)
  if (!isSameOrigin(headers)) throw notOwnPage('Only the page of the inspector itself may do this.')
}

// Browsers send Sec-Fetch-Site only over TLS and to localhost. Otherwise the origin is compared with the host.
function isSameOrigin(headers: InspectorRequest['headers']): boolean {
  const { 'sec-fetch-site': site, origin, host } = headers
  if (site !== undefined) return site === 'same-origin'
  if (origin === undefined) return true
  return typeof origin === 'string' && URL.canParse(origin) && new URL(origin).host === host
}

function notOwnPage(message: string): BadRequest {
  return new BadRequest(message, 403, 'forbidden')
}
