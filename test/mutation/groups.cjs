'use strict'

// Which sources are mutated together, and which tests judge them. Every file below the mutated folders is in one group.

const core = 'packages/core/src'
const own = (...names) => names.map((name) => `packages/core/test/${name}.test.ts`)
const messages = (...names) => names.map((name) => `test/messages/${name}.test.ts`)

const contract = (...names) => names.map((name) => `test/contract/${name}.test.ts`)

// The files of the upgrade that decide on a handshake or write an answer, without a state of their own.
const rules = [
  'access-policy',
  'answer-headers',
  'thrown-value',
  'bearer',
  'close-handshake',
  'early-data',
  'extension-negotiation',
  'handshake-rules',
  'handshake-timer',
  'host-list',
  'http-answer',
  'non-websocket-upgrade',
  'origin',
  'other-listeners',
  'subprotocol',
]

/** @type {Readonly<Record<string, { mutate: string[], tests: string[], least?: number }>>} */
const groups = {
  receive: {
    mutate: [`${core}/connection/{frame-reader,ws-shortcut}.ts`],
    tests: own('frame-reader', 'ws-shortcut'),
    // Bytes of untrusted clients, before any other check.
    least: 95,
  },
  outbox: {
    mutate: [`${core}/broadcast/{batch-node,blocked-socket,flush-batch,frame,member-list,outbox,room-tails}.ts`],
    tests: [
      ...own(
        'frame',
        'frame-copies',
        'batch-node',
        'room-tails',
        'outbox',
        'deferred-rooms',
        'outbox-volatile',
        'volatile',
        'volatile-buffer',
        'emitted-bytes',
        'except-rooms',
        'emits',
        'reply-stream-pressure',
        'traffic',
        'stats',
        'bytes',
      ),
      ...messages('limits', 'budgets', 'pull', 'compression', 'costs', 'broadcast', 'edges', 'sequence'),
    ],
  },
  messages: {
    mutate: [`${core}/messages/*.ts`, `!${core}/messages/{reply-*,stream-runner}.ts`],
    tests: [
      ...own('messages', 'rejections', 'running-handlers', 'busy-handlers', 'cancel', 'queued-cancels', 'bytes'),
      ...own('raw-hubs', 'questions'),
      ...own(
        'unknown-questions',
        'mistakes',
        'diagnostics',
        'traffic',
        'message-taps',
        'client-joins',
        'client-leaves',
      ),
      ...own('reply-streams', 'reply-stream-ends', 'reply-stream-hub'),
      ...messages('router', 'failures', 'requests', 'answers'),
    ],
  },
  streams: {
    mutate: [`${core}/messages/{reply-*,stream-runner}.ts`],
    tests: [
      'test/model/reply.test.ts',
      ...own('reply-streams', 'reply-stream-ends', 'reply-stream-context', 'reply-stream-hub', 'reply-stream-slots'),
      ...own('reply-stream-pressure', 'diagnostics', 'cancel'),
    ],
  },
  heartbeat: {
    mutate: [`${core}/lifecycle/heartbeat.ts`],
    tests: [...own('heartbeat-clock', 'heartbeat-stalls')],
  },
  broadcast: {
    mutate: [
      `${core}/broadcast/*.ts`,
      `!${core}/broadcast/{batch-node,blocked-socket,flush-batch,frame,member-list,outbox,room-tails}.ts`,
    ],
    tests: [
      ...own(
        'name-index',
        'connection-registry',
        'volatile-buffer',
        'emission',
        'flush-batches',
        'emits',
        'except-rooms',
      ),
      ...own(
        'emitted-bytes',
        'volatile',
        'audiences',
        'unkept',
        'servers',
        'servers-broker',
        'servers-disconnect',
        'join-races',
      ),
      ...own('join-servers', 'append', 'message-taps', 'warnings', 'presence', 'mistakes', 'reply-stream-pressure'),
      ...own('reply-stream-hub', 'hub-close', 'recovery'),
      ...messages('audience', 'order', 'limits', 'answers'),
    ],
  },
  rooms: {
    mutate: [`${core}/rooms/*.ts`, `!${core}/rooms/{join-*,room-entry}.ts`, `${core}/api/{room,audience}.ts`],
    tests: [
      ...own(
        'patterns',
        'address',
        'left-notice',
        'rooms',
        'room-config',
        'room-hooks',
        'inspect',
        'audiences',
        'emits',
      ),
      ...own(
        'except-rooms',
        'joins',
        'renewal',
        'append',
        'emitted-bytes',
        'client-joins',
        'client-leaves',
        'presence',
      ),
      ...own('presence-limit', 'presence-states', 'servers', 'diagnostics-events', 'history', 'mistakes'),
      ...messages('rooms', 'audience', 'connection-slots'),
    ],
  },
  joins: {
    mutate: [`${core}/rooms/{join-*,room-entry}.ts`],
    tests: [
      ...own(
        'join-state',
        'join-slots',
        'client-joins',
        'client-leaves',
        'join-races',
        'join-presence',
        'join-servers',
        'joins',
      ),
      ...own('rejections', 'raw-hubs', 'recovery'),
    ],
  },
  lifecycle: {
    mutate: [`${core}/lifecycle/*.ts`, `!${core}/lifecycle/heartbeat.ts`],
    tests: [
      ...own('timer-wheel-clock', 'timer-wheel', 'hub', 'hub-hooks', 'hub-close', 'health', 'heartbeat-clock'),
      ...own('heartbeat', 'diagnostics-events', 'close-reason', 'rejections', 'raw-hubs', 'clients', 'errors'),
      ...own('renewal', 'client-joins', 'client-leaves', 'cancel', 'traffic', 'stats', 'mistakes'),
      ...messages('lifecycle', 'shutdown', 'limits', 'counts', 'pings'),
    ],
  },
  admission: {
    mutate: [`${core}/admission/*.ts`],
    tests: [
      ...own(
        'admission-control',
        'capacity',
        'identity',
        'revocations',
        'memory-budget',
        'handshake-record',
        'upgrader',
        'hub',
        'inspect',
      ),
      ...own('hub-close', 'clients', 'errors', 'warnings', 'servers-disconnect'),
      ...messages('connection-slots', 'revalidate', 'budgets', 'counts'),
    ],
  },
  observability: {
    mutate: [`${core}/observability/*.ts`],
    tests: [
      ...own(
        'warning-limit',
        'slow-handlers',
        'durations',
        'message-meter',
        'handshake-warnings',
        'message-taps',
        'diagnostics',
        'diagnostics-events',
        'errors',
        'stats',
        'traffic',
      ),
      ...own('health', 'cluster', 'queries', 'warnings', 'unkept', 'mistakes', 'hub', 'hub-hooks', 'emits'),
      ...own('reply-stream-pressure', 'memory-budget'),
      ...messages('counts', 'failures', 'limits', 'log', 'budgets'),
    ],
  },
  hub: {
    mutate: [`${core}/api/hub*.ts`],
    tests: [
      ...own('options', 'hub', 'hub-hooks', 'hub-close', 'inspect', 'rooms', 'room-config', 'audiences', 'stats'),
      ...own('traffic', 'health', 'queries', 'server-messages', 'questions', 'list', 'clients', 'servers'),
      ...own('servers-broker', 'cluster', 'presence', 'presence-limit', 'history', 'history-outage', 'warnings'),
      ...own('client-joins', 'client-leaves', 'join-races', 'join-servers', 'renewal', 'streams'),
      ...messages('lifecycle', 'revalidate', 'counts', 'shutdown', 'compression'),
    ],
  },
  handshake: {
    mutate: rules.map((name) => `${core}/upgrade/${name}.ts`),
    tests: [
      ...own(
        'handshake-rules',
        'extension-negotiation',
        'http-answer',
        'origin',
        'host-list',
        'bearer',
        'close-handshake',
        'non-websocket-upgrade',
        'warnings',
      ),
      ...own(
        'thrown-value',
        'other-listeners',
        'app-answers',
        'attach-server',
        'upgrade',
        'upgrader',
        'exchange',
        'hand-over',
      ),
      ...own('access-policy', 'subprotocol', 'early-data', 'handshake-timer'),
      'test/messages/compression.test.ts',
      ...contract(
        'refusals-as-close-frames',
        'refusals',
        'origins',
        'protocols',
        'host-header',
        'frames',
        'other-protocols',
      ),
    ],
  },
  upgrade: {
    // Most of its tests send a handshake to a whole app: the slow ones among them do not run here.
    least: 80,
    mutate: [`${core}/upgrade/*.ts`, ...rules.map((name) => `!${core}/upgrade/${name}.ts`)],
    tests: [
      ...own(
        'exchange',
        'upgrader',
        'upgrader-refresh',
        'upgrade',
        'attach',
        'attach-policies',
        'copies',
        'attach-server',
        'response-socket',
        'hand-over',
      ),
      ...own('app-answers', 'other-listeners', 'renewal', 'rejections', 'adapter-suite', 'warnings', 'busy-socket'),
      ...own('diagnostics'),
      ...contract(
        'other-protocols',
        'http2',
        'proxies',
        'frames',
        'refusals',
        'refusals-as-close-frames',
        'counts',
        'revoked',
        'detach',
        'limits',
        'tls',
        'odd-apps',
        'other-listeners',
      ),
    ],
  },
}

// Titles of tests that do not run for mutants.
const skipped = [
  // They show that nothing stays behind after thousands of tries, and take seconds to do so.
  'joins and leaves leave the heap',
  'a hub holds nothing for 10,000 joins of forbidden rooms',
  '256 joins of a hub are authorised at a time, and 8,192 that wait',
  // It starts a process with the built packages, which are not mutated.
  'a subscriber that throws raises an uncaughtException',
]

module.exports = { groups, skipped }
