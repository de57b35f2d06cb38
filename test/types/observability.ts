import type { ClusterStats, DiagnosticsEvents, DiagnosticsTraces, Hub, HubHealth, Hubs, HubStats } from '@wshub/core'
import { trace } from '@wshub/telemetry/opentelemetry'
import { collect } from '@wshub/telemetry/prometheus'
import { same } from './equal.js'

// What is typed about counts, health and diagnostics.

interface Types {
  readonly data: { readonly name: string }
  readonly events: { readonly said: string }
}

export async function counts(hub: Hub<Types>, hubs: Hubs): Promise<void> {
  const here = hub.stats({ handlers: true })
  same<typeof here, HubStats>(true)
  same<typeof here.types, Readonly<Record<string, number>>>(true)
  const everywhere = await hub.stats({ cluster: true, handlers: true, timeout: 100 })
  same<typeof everywhere, ClusterStats>(true)
  // @ts-expect-error There may be no broker.
  same<'down', typeof here.broker.state>(false)
  // @ts-expect-error There is no such option.
  void hub.stats({ handler: true })

  const health = hub.health()
  same<typeof health, HubHealth>(true)
  same<ReturnType<typeof hubs.health>, HubHealth>(true)
  same<(typeof health.reasons)[number], 'hub_closing' | 'broker_down'>(true)
  await hub.close({ notice: 5000, within: 10_000 })
  // @ts-expect-error A notice is a time.
  await hub.close({ notice: '5s' })
}

export function payloads(
  { connection, closure }: DiagnosticsEvents['wshub:connection:close'],
  { route, type, result }: DiagnosticsTraces['wshub:message'],
): void {
  same<typeof connection.id, string>(true)
  same<typeof closure.code, number>(true)
  same<typeof route, string>(true)
  same<typeof type, string | undefined>(true)
  same<typeof result, unknown>(true)
  // @ts-expect-error No other channel exists.
  same<DiagnosticsEvents['wshub:opened'], never>(false)
}

export function telemetry(hub: Hub<Types>): void {
  const stop = collect(hub)
  same<typeof stop, () => void>(true)
  trace(hub)()
  // @ts-expect-error A hub is needed.
  collect({})
}
