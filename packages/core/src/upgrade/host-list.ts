import { inspect } from 'node:util'
import { hostOfUrl } from './url-host.js'

/** `host[:port]` as RFC 9110 section 7.2 defines it, without the percent-encoding that no client uses. */
const HOST_PATTERN = /^(?:\[[\d:.a-f]+\]|[\d._a-z~-]+)(?::\d{1,5})?$/i
const PORT_PATTERN = /:\d+$/

/**
 * The normal form of a host: lower case, IDN as punycode, IP addresses in their usual form, no default port of the
 * scheme.
 * @returns `undefined` if the text is not `host[:port]`
 */
export function normalizeHost(host: string, scheme = 'http'): string | undefined {
  if (!HOST_PATTERN.test(host)) return undefined
  return hostOfUrl(`${scheme}://${host}`)
}

/** The hosts that a server answers to. An entry without a port matches every port; `*.example.com` matches subdomains. */
export class HostList {
  readonly #exact = new Set<string>()
  readonly #suffixes: string[] = []

  /** @throws TypeError that names the entry that is not a host */
  constructor(hosts: readonly string[]) {
    if (!Array.isArray(hosts)) throw new TypeError(`The option hosts must be an array, not ${inspect(hosts)}.`)
    for (const host of hosts as unknown[]) this.#add(host)
  }

  #add(entry: unknown): void {
    const text = typeof entry === 'string' ? entry : ''
    const wildcard = text.startsWith('*.')
    const host = toAscii(wildcard ? text.replace('*', 'w') : text)
    if (host === undefined || host === 'w.')
      throw new TypeError(`The option hosts must hold hosts such as 'app.example.com', not ${inspect(entry)}.`)
    if (wildcard) this.#suffixes.push(host.slice(1))
    else this.#exact.add(host)
  }

  /** Whether a request for this host is for this server. */
  includes(asked: string): boolean {
    const host = normalizeHost(asked)
    if (host === undefined) return false
    return [host, host.replace(PORT_PATTERN, '')].some(
      (name) => this.#exact.has(name) || this.#suffixes.some((suffix) => name.endsWith(suffix) && name !== suffix),
    )
  }
}

/** The normal form of a host in the options, which may be an IDN in Unicode. The host of a request is always ASCII. */
function toAscii(host: string): string | undefined {
  if (/[\s/?#@\\%*]/.test(host) || !URL.canParse(`http://${host}`)) return undefined
  return normalizeHost(new URL(`http://${host}`).host)
}
