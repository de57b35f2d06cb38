/** Hosts that are remembered. A server has few hosts, and its pages send the same one in each handshake. */
const MAX_REMEMBERED = 64
/** Longer texts are not remembered: clients choose them. */
const MAX_REMEMBERED_LENGTH = 256

const hosts = new Map<string, string>()

/**
 * The host of a URL as browsers normalise it: lower case, IDN as punycode, IP addresses in their usual form, no default port.
 * @returns `undefined` if the text is no URL
 */
export function hostOfUrl(url: string): string | undefined {
  const known = hosts.get(url)
  if (known !== undefined) return known
  const host = URL.canParse(url) ? new URL(url).host : undefined
  if (host === undefined || url.length > MAX_REMEMBERED_LENGTH) return host
  if (hosts.size >= MAX_REMEMBERED) hosts.clear()
  hosts.set(url, host)
  return host
}
