'use strict'

// Which sources are mutated together, and which tests judge them. Every file below the mutated folders is in one group.

const core = 'packages/core/src'
const own = (...names) => names.map((name) => `packages/core/test/${name}.test.ts`)
const messages = (...names) => names.map((name) => `test/messages/${name}.test.ts`)

const contract = (...names) => names.map((name) => `test/contract/${name}.test.ts`)

/** @type {Readonly<Record<string, { mutate: string[], tests: string[] }>>} */
const groups = {
  outbox: {
    mutate: [`${core}/broadcast/{outbox,frame}.ts`],
    tests: [
      ...own(
        'frame',
        'outbox',
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
    mutate: [`${core}/messages/*.ts`],
    tests: [
      ...own('messages', 'rejections', 'running-handlers', 'busy-handlers', 'cancel', 'bytes'),
      ...own('reply-streams', 'reply-stream-ends', 'reply-stream-context', 'reply-stream-hub', 'message-taps'),
      ...own('reply-stream-pressure'),
      ...own('reply-stream-slots', 'message-iterator', 'raw-hubs', 'mistakes', 'diagnostics', 'traffic'),
      ...own('questions', 'unknown-questions', 'client-joins', 'client-leaves'),
      'test/model/reply.test.ts',
      ...messages('router', 'failures', 'requests', 'answers'),
      ...own('history', 'history-recovery', 'history-outage'),
    ],
  },
  heartbeat: {
    mutate: [`${core}/lifecycle/heartbeat.ts`],
    tests: [...own('heartbeat-clock', 'heartbeat-stalls')],
  },
  broadcast: {
    mutate: [`${core}/broadcast/*.ts`, `!${core}/broadcast/{outbox,frame}.ts`],
    tests: [
      ...own('name-index', 'connection-registry', 'volatile-buffer', 'emits', 'except-rooms', 'emitted-bytes'),
      ...own('volatile', 'audiences', 'unkept', 'message-taps', 'servers', 'servers-disconnect', 'append', 'history'),
      ...own(
        'presence',
        'reply-stream-pressure',
        'reply-stream-hub',
        'recovery',
        'join-races',
        'join-servers',
        'mistakes',
        'warnings',
        'hub-close',
      ),
      ...messages('audience', 'broadcast', 'order', 'budgets', 'limits'),
    ],
  },
  rooms: {
    mutate: [`${core}/rooms/*.ts`, `${core}/api/{room,audience}.ts`],
    tests: [
      ...own(
        'patterns',
        'join-state',
        'rooms',
        'room-config',
        'room-hooks',
        'inspect',
        'audiences',
        'emits',
        'except-rooms',
      ),
      ...own('joins', 'client-joins', 'client-leaves', 'join-races', 'join-presence', 'join-servers', 'append'),
      ...own('emitted-bytes', 'capacity', 'servers', 'servers-broker', 'servers-disconnect', 'handshake-revalidation'),
      ...own('diagnostics-events', 'history', 'history-recovery', 'history-outage', 'presence', 'presence-states'),
      ...own('presence-limit', 'renewal', 'recovery', 'failed-recovery', 'list', 'mistakes'),
      ...messages('rooms', 'audience', 'revalidate', 'seats'),
    ],
  },
  lifecycle: {
    mutate: [`${core}/lifecycle/*.ts`, `!${core}/lifecycle/heartbeat.ts`],
    tests: [
      ...own('timer-wheel-clock', 'timer-wheel', 'hub', 'hub-hooks', 'hub-close', 'health', 'heartbeat-clock'),
      ...own('heartbeat', 'diagnostics-events', 'close-reason', 'rejections', 'raw-hubs', 'clients', 'errors'),
      ...own('client-joins', 'client-leaves', 'cancel', 'traffic', 'stats', 'mistakes'),
      ...messages('lifecycle', 'shutdown', 'limits', 'counts', 'pings'),
    ],
  },
  admission: {
    mutate: [`${core}/admission/*.ts`],
    tests: [
      ...own('capacity', 'identity', 'revocations', 'memory-budget', 'handshake-record', 'upgrader', 'hub', 'inspect'),
      ...own('hub-close', 'clients', 'errors', 'warnings', 'servers-disconnect'),
      ...messages('seats', 'revalidate', 'budgets', 'counts'),
    ],
  },
  observability: {
    mutate: [`${core}/observability/*.ts`],
    tests: [
      ...own(
        'warning-limit',
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
      ...own('options', 'hub', 'hub-hooks', 'hub-close', 'inspect', 'rooms', 'room-config', 'room-hooks', 'audiences'),
      ...own(
        'stats',
        'traffic',
        'health',
        'queries',
        'server-messages',
        'questions',
        'list',
        'clients',
        'close-reason',
      ),
      ...own('servers', 'servers-broker', 'servers-disconnect', 'cluster', 'presence', 'history', 'emits', 'warnings'),
      ...own('errors', 'mistakes', 'capacity', 'memory-budget', 'volatile', 'client-joins'),
      ...messages('lifecycle', 'revalidate', 'counts', 'shutdown', 'seats', 'limits', 'compression', 'costs'),
    ],
  },
  upgrade: {
    mutate: [`${core}/upgrade/*.ts`],
    tests: [
      ...own('handshake-rules', 'origin', 'bearer', 'close-handshake', 'upgrade', 'attach-server', 'app-answers'),
      ...own('upgrader', 'other-listeners', 'exchange', 'response-socket', 'host-list', 'attach', 'warnings'),
      ...own('hand-over', 'non-websocket-upgrade', 'renewal', 'rejections', 'diagnostics', 'raw-hubs', 'adapter-suite'),
      'test/messages/compression.test.ts',
      ...contract(
        'ordinary',
        'frames',
        'refusals',
        'readable',
        'revoked',
        'detach',
        'limits',
        'tls',
        'odd-apps',
        'neighbours',
        'host-header',
        'origins',
        'protocols',
      ),
    ],
  },
}

// Titles of tests that do not run for mutants.
const skipped = [
  // It shows that nothing stays behind after thousands of tries, and takes a minute to do so.
  'joins and leaves leave the heap',
  // It starts a process with the built packages, which are not mutated.
  'a subscriber that throws raises an uncaughtException',
]

module.exports = { groups, skipped }
