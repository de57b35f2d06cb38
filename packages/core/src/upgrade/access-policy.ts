import type { IncomingMessage } from 'node:http'
import { quote } from '../errors.js'
import { HostList } from './host-list.js'
import { type RequestTarget, originRefusal, OriginList, type Origins } from './origin.js'
import type { HttpRefusal } from './http-answer.js'

/** Which pages may connect, and to which hosts of the server. */
export interface AccessPolicyOptions {
  readonly origins?: Origins | undefined
  readonly hosts?: readonly string[] | undefined
}

/** The refusal of a policy: its code in `hub.stats().refused`, and the answer. */
export interface PolicyRefusal {
  readonly code: 'foreign_origin' | 'foreign_host'
  readonly refusal: HttpRefusal
}

type IsAllowed = Parameters<typeof originRefusal>[2]

/** Decides which pages may connect to a server, or to the routes of a Fastify scope. */
export class AccessPolicy {
  readonly #origins: OriginList | undefined
  readonly #hosts: HostList | undefined
  /** Whether a page may connect to some route. */
  readonly #mayCome: IsAllowed = (page) => !this.#origins || this.#origins.includes(page)
  /** Whether a page may connect to a route that names no origins. */
  readonly #isListed: IsAllowed = (page) => this.#origins?.includes(page) === true

  /** @throws TypeError that names the entry that is wrong */
  constructor({ origins, hosts }: AccessPolicyOptions) {
    this.#origins = origins === undefined ? undefined : new OriginList(origins)
    this.#hosts = hosts === undefined ? undefined : new HostList(hosts)
  }

  /** Whether every page of the web may connect. */
  get open(): boolean {
    return this.#origins?.any === true
  }

  /** Whether every page of the web may connect to a route with these origins. */
  opens(route: OriginList | undefined): boolean {
    return this.#origins ? this.open && (!route || route.any) : route?.any === true
  }

  /**
   * Checks a request before the app has run. Without `origins` it refuses nothing, because routes may have their own.
   * @param asked host and protocol of the request itself; a proxy may have changed them
   */
  preflight(request: IncomingMessage, asked: RequestTarget): PolicyRefusal | undefined {
    return this.#check(request, asked, this.#mayCome)
  }

  /**
   * Checks a request to a route.
   * @param asked host and protocol that the framework reports according to its proxy setting
   * @param route the origins of the route: they narrow those of the server, and replace them if it has none
   * @returns the refusal; `undefined` if the request may connect
   */
  check(request: IncomingMessage, asked: RequestTarget, route: OriginList | undefined): PolicyRefusal | undefined {
    if (!route) return this.#check(request, asked, this.#isListed)
    return this.#check(request, asked, (page) => this.#mayCome(page) && route.includes(page))
  }

  /** Whether the page that sent a request may read the reason of a refusal. */
  allows(request: IncomingMessage, asked: RequestTarget): boolean {
    return !this.check(request, asked, undefined)
  }

  #check(request: IncomingMessage, asked: RequestTarget, allowed: IsAllowed): PolicyRefusal | undefined {
    if (this.#hosts && !this.#hosts.includes(asked.host)) {
      const message = `The host ${quote(asked.host)} is not one of this server.`
      return { code: 'foreign_host', refusal: { status: 403, message } }
    }
    const refusal = originRefusal(request, asked, allowed)
    return refusal && { code: 'foreign_origin', refusal }
  }
}
