import type { IncomingMessage } from 'node:http'
import { quote } from '../errors.js'
import { HostList } from './host-list.js'
import { type RequestTarget, checkOrigin, OriginList, type Origins } from './origin.js'
import type { HttpRefusal } from './http-answer.js'

/** Which pages may connect, and to which names of the server. */
export interface AccessPolicyOptions {
  readonly origins?: Origins | undefined
  readonly hosts?: readonly string[] | undefined
}

/** Why a policy refuses: the word that `hub.stats().refused` counts it under, and the answer. */
export interface PolicyRefusal {
  readonly code: 'foreign_origin' | 'foreign_host'
  readonly refusal: HttpRefusal
}

/** Decides which pages may connect to a server, or to the routes of a Fastify scope. */
export class AccessPolicy {
  readonly #origins: OriginList | undefined
  readonly #hosts: HostList | undefined

  /** @throws TypeError that names the entry that is wrong */
  constructor({ origins, hosts }: AccessPolicyOptions) {
    this.#origins = origins === undefined ? undefined : new OriginList(origins)
    this.#hosts = hosts === undefined ? undefined : new HostList(hosts)
  }

  /** Whether every page of the web may connect. */
  get open(): boolean {
    return this.#origins?.any === true
  }

  /** Whether every page of the web may connect to a route that names these origins. */
  opens(route: OriginList | undefined): boolean {
    return this.#origins ? this.open && (!route || route.any) : route?.any === true
  }

  /**
   * What can be said before the app has run, when no route is known yet: nothing without `origins`, because routes may
   * name their own.
   * @param asked what the request itself says; a proxy may have put other names into it
   */
  preflight(request: IncomingMessage, asked: RequestTarget): PolicyRefusal | undefined {
    const own = this.#origins
    return this.#check(request, asked, (page) => !own || own.includes(page))
  }

  /**
   * The verdict on a request to a route.
   * @param asked what the framework says, by its own proxy setting
   * @param route the origins that the route names: they may narrow those of the server, and stand in for them if it has
   * none
   */
  check(request: IncomingMessage, asked: RequestTarget, route: OriginList | undefined): PolicyRefusal | undefined {
    const own = this.#origins
    return this.#check(request, asked, (page) =>
      own ? own.includes(page) && (!route || route.includes(page)) : route?.includes(page) === true,
    )
  }

  /** Whether the page behind a request may read how it was refused. */
  allows(request: IncomingMessage, asked: RequestTarget): boolean {
    return !this.check(request, asked, undefined)
  }

  #check(
    request: IncomingMessage,
    asked: RequestTarget,
    allowed: Parameters<typeof checkOrigin>[2],
  ): PolicyRefusal | undefined {
    if (this.#hosts && !this.#hosts.includes(asked.host)) {
      const message = `The host ${quote(asked.host)} is not one of this server.`
      return { code: 'foreign_host', refusal: { status: 403, message } }
    }
    const refusal = checkOrigin(request, asked, allowed)
    return refusal && { code: 'foreign_origin', refusal }
  }
}
