import type { AdmissionControl } from '../admission/admission-control.js'
import type { Revocations } from '../admission/revocations.js'
import type { ConnectionLifecycle } from '../lifecycle/connection-lifecycle.js'
import type { ErrorReporter } from '../observability/error-reporter.js'
import type { Warnings } from '../observability/warnings.js'
import { HubRefresh } from '../refresh/hub-refresh.js'
import type { Memberships } from '../rooms/memberships.js'
import type { Connection } from './connection.js'
import type { HubSettings } from './hub-settings.js'
import type { DataOf, HubTypes } from './hub-types.js'

/** The parts of a hub that check a repeated handshake and report failures. */
interface RefreshParts<Types extends HubTypes> {
  readonly errors: ErrorReporter<Connection<Types>>
  readonly warnings: Warnings
  readonly revocations: Revocations
}

/** The parts of a hub that a repeated handshake changes. */
interface Renewed<Types extends HubTypes> {
  readonly admission: AdmissionControl<DataOf<Types>>
  readonly memberships: Memberships<Connection<Types>>
  readonly lifecycle: ConnectionLifecycle<Connection<Types>, DataOf<Types>>
}

/** Makes the part that repeats the handshakes of open connections through the app. */
export function newRefreshes<Types extends HubTypes>(
  { revalidate }: HubSettings<Types>,
  { errors, warnings, revocations }: RefreshParts<Types>,
  parts: () => Renewed<Types>,
): HubRefresh<DataOf<Types>, Connection<Types>> {
  return new HubRefresh({
    revalidate,
    errors,
    warnings,
    target: () => parts().admission,
    against: (identity, begunAt) => revocations.against(identity, begunAt),
    renew: (connection, renewal) => {
      const { memberships, lifecycle } = parts()
      const { handshake } = connection
      memberships.renew(connection, renewal)
      lifecycle.renewed(connection, handshake, renewal.identity.expiresAt)
    },
  })
}
