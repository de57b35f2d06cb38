import { BadRequest, type InspectorRequest } from './inspector-answer.js'

/** The header that the page sends with whatever does more than read. Pages of other origins can't send it unasked. */
const OWN_HEADER = 'x-wshub-inspector'

/** @throws BadRequest unless the page of the inspector itself has sent the request */
export function assertOwnPage({ headers }: InspectorRequest): void {
  if (headers[OWN_HEADER] === undefined) throw notOwnPage(`The header ${OWN_HEADER} is required.`)
  if (!isSameOrigin(headers)) throw notOwnPage('Only the page of the inspector itself may do this.')
}

// Browsers send Sec-Fetch-Site over TLS and to localhost alone.
function isSameOrigin(headers: InspectorRequest['headers']): boolean {
  const { 'sec-fetch-site': site, origin, host } = headers
  if (site !== undefined) return site === 'same-origin'
  if (origin === undefined) return true
  return typeof origin === 'string' && URL.canParse(origin) && new URL(origin).host === host
}

function notOwnPage(message: string): BadRequest {
  return new BadRequest(message, 403, 'forbidden')
}
