import type { UpgradeArguments } from '@wshub/core/adapter'
import type { FastifyInstance } from 'fastify'
import { findPrivateKeys, type PrivateKeys } from './private-keys.js'
import { removeUpgradeListener } from './upgrade-listener.js'

/**
 * The socket that @fastify/websocket finds on the request of an upgrade that is not its own. Its `onResponse` hook destroys
 * the socket of every upgrade, which would cut off the app's 401; this one is not the client's, so `onResponse` has no effect.
 */
const NO_SOCKET = { destroy(): void {}, removeListener(): void {} }

/**
 * Controls @fastify/websocket. That plugin takes the client of an upgrade from a key of its own on the raw request, in its
 * `onRequest` hook, in its `onResponse` hook and in the handler of each route. Here it gets the client only on its own routes.
 */
export class SocketAccess {
  readonly #keys: PrivateKeys

  /** @throws Error if the installed version works in another way */
  constructor(fastify: FastifyInstance) {
    this.#keys = findPrivateKeys(fastify)
    removeUpgradeListener(fastify, this.#keys.socket)
  }

  /** Makes a request an upgrade for its hooks (`request.ws` is true), and withholds the socket of the client. */
  withhold(request: object): void {
    Reflect.set(request, this.#keys.socket, NO_SOCKET)
  }

  /** Gives it the socket of the client. */
  give({ request, socket, head }: UpgradeArguments): void {
    Object.assign(request, { [this.#keys.socket]: socket, [this.#keys.head]: head })
  }
}
