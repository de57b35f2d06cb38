import { isIPv6 } from 'node:net'
import type { ConnectionSlot } from './connection-slot.js'
import { HubError } from '../errors.js'

/** How many connections a hub takes in total, of one user and of one address. */
export interface CapacityLimits {
  readonly maxConnections: number
  readonly maxConnectionsPerUser: number
  readonly maxConnectionsPerAddress: number
}

/** Counts the slots of a hub: connections, and handshakes that hold a slot. */
export class Capacity {
  readonly #limits: CapacityLimits
  readonly #users = new Map<string, number>()
  readonly #addresses = new Map<string, number>()
  #taken = 0

  constructor(limits: CapacityLimits) {
    this.#limits = limits
  }

  /** Slots that are taken now. */
  get taken(): number {
    return this.#taken
  }

  /** Users and networks that are counted. Each has a slot, so there are at most one user and one network for each slot. */
  get names(): number {
    return this.#users.size + this.#addresses.size
  }

  /**
   * Takes a slot.
   * @throws HubError `hub_full` (503), `too_many_connections` (429) for the user or the address
   */
  reserve(user: string | undefined, address: string): ConnectionSlot {
    const limits = this.#limits
    const network = this.#networkOf(address)
    if (this.#taken >= limits.maxConnections) {
      throw new HubError('hub_full', 'The server has no room for another connection.')
    }
    if (user !== undefined && (this.#users.get(user) ?? 0) >= limits.maxConnectionsPerUser) throw tooMany('user')
    if ((this.#addresses.get(network) ?? 0) >= limits.maxConnectionsPerAddress) throw tooMany('address')
    this.count(user, network, 1)
    return new TakenSlot(this, user, network)
  }

  /** Releases the slot of a connection that has closed. */
  leave(user: string | undefined, address: string): void {
    this.count(user, this.#networkOf(address), -1)
  }

  // Without a limit per address the network is never compared.
  #networkOf(address: string): string {
    return this.#limits.maxConnectionsPerAddress === Infinity ? '' : networkOf(address)
  }

  /** @internal */
  count(user: string | undefined, network: string, by: 1 | -1): void {
    this.#taken += by
    // Without a limit there is nothing to count.
    if (user !== undefined && this.#limits.maxConnectionsPerUser !== Infinity) addToCount(this.#users, user, by)
    if (this.#limits.maxConnectionsPerAddress !== Infinity) addToCount(this.#addresses, network, by)
  }
}

class TakenSlot implements ConnectionSlot {
  #capacity: Capacity | undefined
  readonly #user: string | undefined
  readonly #network: string

  constructor(capacity: Capacity, user: string | undefined, network: string) {
    this.#capacity = capacity
    this.#user = user
    this.#network = network
  }

  release(): void {
    this.#capacity?.count(this.#user, this.#network, -1)
    this.keep()
  }

  keep(): void {
    this.#capacity = undefined
  }
}

function tooMany(what: string): HubError {
  return new HubError('too_many_connections', `There are too many connections of this ${what}.`)
}

function addToCount(table: Map<string, number>, key: string, by: 1 | -1): void {
  const count = (table.get(key) ?? 0) + by
  if (count > 0) table.set(key, count)
  else table.delete(key)
}

/** An address as proxies write it into `X-Forwarded-For`: alone, in brackets, with a port, with a zone. */
const WITH_PORT = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/

/** The network that an address counts for: a user has one IPv4 address, but a whole /64 of IPv6. */
export function networkOf(address: string): string {
  const [, bracketed, v4] = WITH_PORT.exec(address.trim()) ?? []
  const [plain = ''] = (bracketed ?? v4 ?? address.trim()).split('%', 1)
  if (!isIPv6(plain)) return plain
  const groups = expand(plain)
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') return dotted(groups.slice(6))
  return `${groups.slice(0, 4).join(':')}::/64`
}

/** The IPv4 address in the last two groups of a mapped one. */
function dotted(groups: string[]): string {
  const bytes = groups.map((group) => parseInt(group, 16)).flatMap((word) => [word >> 8, word & 255])
  return bytes.join('.')
}

/** The eight groups of an IPv6 address, in hexadecimal without leading zeros. */
function expand(address: string): string[] {
  // The URL parser is the only normaliser in Node that also accepts the dotted form.
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [left, right] = short.split('::') as [string, string?]
  const head = left ? left.split(':') : []
  const tail = right ? right.split(':') : []
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail]
}
