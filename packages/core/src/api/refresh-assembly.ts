import type { AdmissionControl } from '../admission/admission-control.js'
import type { Revocations } from '../admission/revocations.js'
import type { ConnectionLifecycle } from '../lifecycle/connection-lifecycle.js'
import type { ErrorReporter } from '../observability/error-reporter.js'
import type { Warnings } from '../observability/warnings.js'
import { HubRefresh } from '../refresh/hub-refresh.js'
import type { Memberships } from '../rooms/memberships.js'
import type { Connection } from './connection.js'
import type { HubSettings } from './hub-settings.js'

/** What a repeated handshake is checked against. */
interface RefreshParts<Data, Events extends object> {
  readonly errors: ErrorReporter<Connection<Data, Events>>
  readonly warnings: Warnings
  readonly revocations: Revocations
}

/** What a repeated handshake changes. */
interface Renewed<Data, Events extends object> {
  readonly admission: AdmissionControl<Data>
  readonly memberships: Memberships<Connection<Data, Events>>
  readonly lifecycle: ConnectionLifecycle<Connection<Data, Events>, Data>
}

/** Makes what asks the app again who its connections are. */
export function newRefreshes<Data, Events extends object>(
  { revalidate }: HubSettings<Data, Events>,
  { errors, warnings, revocations }: RefreshParts<Data, Events>,
  parts: () => Renewed<Data, Events>,
): HubRefresh<Data, Connection<Data, Events>> {
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
