import type { Admission } from '../admission/admission.js'
import type { HubError } from '../errors.js'
import { closeHandshake } from './close-handshake.js'
import { closeSocket } from './http-answer.js'
import type { PendingConnection, UpgradeArguments } from './upgrade-arguments.js'
import type { UpgradeTarget } from './upgrade-hub.js'

/** A handshake that `upgrade()` has accepted: its places in the hub are reserved until the app has answered. */
export class ReservedConnection<Data> implements PendingConnection {
  readonly #target: UpgradeTarget<Data>
  readonly #admission: Admission<Data>
  readonly #begunAt: number

  /** @param begunAt when the handshake began, on the clock of `performance.now()` */
  constructor(target: UpgradeTarget<Data>, admission: Admission<Data>, begunAt: number) {
    this.#target = target
    this.#admission = admission
    this.#begunAt = begunAt
  }

  release(): void {
    this.#admission.releaseRooms()
    this.#admission.slot.release()
  }

  take(upgrade: UpgradeArguments, headers: readonly string[]): void {
    const objection = this.#target.objection(this.#admission.identity, this.#begunAt)
    if (objection) this.#closeRevoked(objection, upgrade, headers)
    if (objection || !this.#target.open(upgrade, headers, this.#admission)) this.release()
  }

  // The app has answered 101, but the session was revoked since then: the client gets a close frame, and no hook runs.
  #closeRevoked(objection: HubError, { request, socket }: UpgradeArguments, headers: readonly string[]): void {
    this.#target.refused(objection.code)
    closeSocket(socket, closeHandshake(request, { code: 4000 + objection.status, reason: objection.message, headers }))
  }
}
