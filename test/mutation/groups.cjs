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
      ...own('questions', 'unknown-questions', 'client-joins', 'client-leaves'),
      ...messages('router', 'failures', 'requests', 'answers'),
      ...own('history', 'history-recovery', 'history-outage'),
    ],
  },
  heartbeat: {
    mutate: [`${core}/lifecycle/heartbeat.ts`],
    tests: [...own('heartbeat-clock', 'heartbeat-stalls')],
  },
  rooms: {
    mutate: [
      `${core}/rooms/*.ts`,
      `${core}/broadcast/*.ts`,
      `!${core}/broadcast/{outbox,frame}.ts`,
      `${core}/api/{room,audience}.ts`,
    ],
    tests: [
      ...own(
        'name-index',
        'connection-registry',
        'inspect',
        'patterns',
        'rooms',
        'room-config',
        'room-hooks',
        'audiences',
        'emits',
        'except-rooms',
      ),
      ...own('joins', 'client-joins', 'client-leaves', 'join-races', 'join-presence', 'join-servers', 'hops'),
      ...own('servers', 'servers-broker'),
      ...own('servers-disconnect', 'cluster', 'history', 'history-recovery', 'history-outage', 'presence'),
      ...own('presence-outage', 'presence-states', 'presence-limit', 'recovery', 'failed-recovery'),
      ...messages('rooms', 'audience', 'broadcast', 'budgets', 'order'),
    ],
  },
  hub: {
    mutate: [
      `${core}/{lifecycle,admission,observability}/*.ts`,
      `${core}/api/hub*.ts`,
      `!${core}/lifecycle/heartbeat.ts`,
    ],
    tests: [
      ...own(
        'capacity',
        'identity',
        'inspect',
        'options',
        'timer-wheel-clock',
        'timer-wheel',
        'revocations',
        'hub',
        'hub-close',
        'hub-hooks',
        'stats',
        'traffic',
        'health',
        'diagnostics',
        'diagnostics-events',
        'queries',
        'warning-limit',
        'warnings',
        'memory-budget',
        'handshake-revalidation',
        'clients',
        'close-reason',
        'errors',
        'rooms',
        'room-config',
        'room-hooks',
        'audiences',
        'servers',
        'servers-broker',
        'servers-disconnect',
        'cluster',
      ),
      ...messages('lifecycle', 'revalidate', 'counts', 'shutdown', 'seats', 'limits', 'budgets'),
    ],
  },
  upgrade: {
    mutate: [`${core}/upgrade/*.ts`],
    tests: [
      ...own('handshake-rules', 'origin', 'bearer', 'close-handshake', 'upgrade', 'attach-server', 'app-answers'),
      ...own('upgrader', 'other-listeners', 'exchange', 'response-socket', 'host-list', 'attach'),
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

// They show that nothing stays behind after thousands of tries, and take a minute to do so: not for every mutant.
const endurance = ['joins and leaves leave the heap']

module.exports = { groups, endurance }
