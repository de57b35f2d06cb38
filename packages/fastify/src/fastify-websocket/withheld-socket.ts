import type { UpgradeArguments } from '@wshub/core/adapter'
import type { FastifyInstance } from 'fastify'
import { findPrivateKeys, type PrivateKeys } from './private-keys.js'
import { removeUpgradeListener } from './remove-upgrade-listener.js'

/**
 * The socket that @fastify/websocket finds on the request of an upgrade that is not its own, in place of the client's. Its
 * `onResponse` hook destroys the socket of every upgrade, which would cut off a refusal by the app. Here this has no effect.
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

  /** Makes a request an upgrade for the hooks of that plugin (`request.ws` is true), but withholds the socket of the client. */
  withhold(request: object): void {
    Reflect.set(request, this.#keys.socket, NO_SOCKET)
  }

  /** Gives that plugin the socket of the client. */
  give({ request, socket, head }: UpgradeArguments): void {
    Object.assign(request, { [this.#keys.socket]: socket, [this.#keys.head]: head })
  }
}
