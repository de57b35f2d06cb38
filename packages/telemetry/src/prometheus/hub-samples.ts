import type { HubHealth, HubStats } from '@wshub/core'
import { errorLabel } from '../error-label.js'

/** The values of one hub at a scrape. */
export interface HubSnapshot {
  readonly stats: HubStats
  readonly health: HubHealth
}

/** A value and its labels besides `hub`. */
export interface HubSample {
  readonly value: number
  readonly labels?: Readonly<Record<string, string>>
}

/** One metric, and how its values are read. */
export interface MetricRule {
  readonly type: 'counter' | 'gauge'
  readonly help: string
  /** Names of its labels besides `hub`. */
  readonly labels?: readonly string[]
  readonly samples: (snapshot: HubSnapshot) => readonly HubSample[]
}

type Read = (snapshot: HubSnapshot) => number

const counter = (help: string, read: Read): MetricRule => ({
  type: 'counter',
  help,
  samples: (snapshot) => [{ value: read(snapshot) }],
})
const gauge = (help: string, read: Read): MetricRule => ({ ...counter(help, read), type: 'gauge' })

/** A counter with one label. A table has the count for each value of the label. */
const counterBy = (
  help: string,
  label: string,
  read: (stats: HubStats) => Readonly<Record<string, number>>,
): MetricRule => ({
  type: 'counter',
  help,
  labels: [label],
  samples: ({ stats }) => Object.entries(read(stats)).map(([word, value]) => ({ value, labels: { [label]: word } })),
})

/** The metrics of a hub, by name. The names and labels are stable. */
export const METRICS: Readonly<Record<string, MetricRule>> = {
  wshub_connections: gauge('Open connections.', ({ stats }) => stats.connections),
  wshub_users: gauge('Different users among the open connections.', ({ stats }) => stats.users),
  wshub_rooms: gauge('Rooms that exist.', ({ stats }) => stats.rooms),
  wshub_connections_paused: gauge(
    'Connections that are not read, because their handlers are behind.',
    ({ stats }) => stats.pressure.paused,
  ),
  wshub_connections_stalled: gauge('Connections whose clients do not read.', ({ stats }) => stats.pressure.stalled),
  wshub_connections_opened_total: counter('Connections that were opened.', ({ stats }) => stats.opened),
  wshub_connections_closed_total: counterBy(
    'Connections that have closed, by close code or reason.',
    'code',
    ({ closed }) => closed,
  ),
  wshub_connections_slow_total: counter(
    'Connections that were closed because their clients read too slowly.',
    ({ stats }) => stats.slow,
  ),
  wshub_connections_over_budget_total: counter(
    'Connections that were closed because the hub held too much.',
    ({ stats }) => stats.overBudget,
  ),
  wshub_handshakes_refused_total: counterBy(
    'Handshakes that upgrade() refused, by error code.',
    'code',
    ({ refused }) => byErrorLabel(refused),
  ),
  wshub_messages_received_total: counterBy(
    'Messages that handlers got, by registered type.',
    'type',
    ({ types }) => types,
  ),
  wshub_messages_rejected_total: counterBy(
    'Messages that were answered with an error, by error code.',
    'code',
    ({ rejected }) => byErrorLabel(rejected),
  ),
  wshub_messages_dropped_total: counter('Messages that slow clients did not get.', ({ stats }) => stats.dropped),
  wshub_messages_volatile_dropped_total: counter(
    'Volatile events that were dropped before they were sent.',
    ({ stats }) => stats.volatileDropped,
  ),
  wshub_messages_unsent_total: counter(
    'Messages that could not be sent to other servers.',
    ({ stats }) => stats.unsent,
  ),
  wshub_messages_discarded_total: counter('Invalid messages from the broker.', ({ stats }) => stats.discarded),
  wshub_history_gaps_total: counter('Gaps in histories that were reported to members.', ({ stats }) => stats.gaps),
  wshub_errors_total: counter('Failures that were reported to onError.', ({ stats }) => stats.failed),
  wshub_traffic_messages_total: counterBy(
    'Messages of clients (in) and to clients (out).',
    'direction',
    ({ traffic }) => ({
      in: traffic.messagesIn,
      out: traffic.messagesOut,
    }),
  ),
  wshub_traffic_bytes_total: counterBy(
    'Bytes of the messages of clients (in) and to clients (out).',
    'direction',
    ({ traffic }) => ({ in: traffic.bytesIn, out: traffic.bytesOut }),
  ),
  wshub_memory_bytes: {
    ...counterBy('Bytes that the hub holds for its connections, by use.', 'use', ({ memory }) => usesOf(memory)),
    type: 'gauge',
  },
  wshub_memory_limit_bytes: gauge(
    'Bytes that the hub may hold for its connections.',
    ({ stats }) => stats.memory.limit,
  ),
  wshub_ready: gauge('1 if the hub should get new clients, otherwise 0.', ({ health }) => Number(health.ready)),
  wshub_broker_up: {
    type: 'gauge',
    help: '1 if the broker is connected, otherwise 0; absent if the broker does not report it.',
    samples: ({ stats: { broker } }) => (broker ? [{ value: Number(broker.state === 'connected') }] : []),
  },
  wshub_broker_restored_total: {
    type: 'counter',
    help: 'How often the link to the broker was lost and has come back.',
    samples: ({ stats: { broker } }) => (broker ? [{ value: broker.restored }] : []),
  },
}

function byErrorLabel(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const labelled: Record<string, number> = {}
  for (const [code, count] of Object.entries(counts)) {
    const label = errorLabel(code)
    labelled[label] = (labelled[label] ?? 0) + count
  }
  return labelled
}

function usesOf(memory: HubStats['memory']): Readonly<Record<string, number>> {
  const { queued, handling, sending, receiving, headers, rooms } = memory
  return { queued, handling, sending, receiving, headers, rooms }
}
