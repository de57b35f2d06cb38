import type { Admission, PendingAdmission } from '../admission/admission.js'
import type { HandshakeOrigin } from '../admission/admission-control.js'
import type { Identity } from '../admission/identity.js'
import type { CheckedUpgrade } from '../connection/transport-factory.js'
import type { HubError } from '../errors.js'
import type { Warnings } from '../observability/warnings.js'

/** The part of a hub that an upgrade needs. */
export interface UpgradeTarget<Data> {
  readonly warnings: Warnings
  /** Reserves the places of a connection. @throws HubError if the hub or one of its rooms accepts no further one */
  reserve(identity: Identity<Data>, origin: HandshakeOrigin): PendingAdmission
  /** Why a handshake may not become a connection although a place is reserved for it; `undefined` if it may. */
  objection(identity: Identity<Data>, begunAt: number): HubError | undefined
  /** Sends the 101 and opens the connection. @returns false if the socket was lost */
  open(upgrade: CheckedUpgrade, headers: readonly string[], admission: Admission<Data>): boolean
  /** A handshake was refused. @param code the code of the error */
  refused(code: string): void
}

/** The part of a hub from which TypeScript infers the type of its connections' data. */
export interface UpgradeHub<Data> {
  connection(id: string): { readonly data: Data } | undefined
}

// Not a property of the hub: apps have no use for it.
const targets = new WeakMap<object, unknown>()

/** Makes a hub known as the target of upgrades. */
export function registerTarget<Data>(hub: UpgradeHub<Data>, target: UpgradeTarget<Data>): void {
  targets.set(hub, target)
}

/** The target that belongs to a hub; `undefined` if it is not a hub of this copy of the package. */
export function upgradeTargetOf<Data>(hub: UpgradeHub<Data>): UpgradeTarget<Data> | undefined {
  return targets.get(hub) as UpgradeTarget<Data> | undefined
}
