const idle = (id, title, more) => ({
  id,
  title,
  unit: 'connection',
  figure: 'memory',
  mode: 'broadcast',
  load: 'idle',
  // Memory differs by less than one per cent between rounds.
  rounds: 1,
  // A small young generation, so that its size does not blur what connections hold.
  flags: ['--expose-gc', '--max-semi-space-size=1'],
  peers: [
    'wshub',
    'wshub-koa',
    'wshub-fastify',
    'net',
    'bun',
    'ws',
    'crossws',
    'fastify-websocket',
    'express-ws',
    'socket.io',
  ],
  quickPeers: ['wshub', 'wshub-koa', 'wshub-fastify', 'ws'],
  // Fewer connections would measure how full the pages of the process are. So `--quick` leaves these workloads out.
  long: true,
  settings: () => ({ few: 2000, many: 10_000 }),
  ...more,
})

export const workloads = [
  idle('W5', 'idle connection, one room, a user, a heartbeat, 5 headers', {
    reference: { ws: 3.5, crossws: 7.5, 'fastify-websocket': 8.2, 'socket.io': 13.1 },
  }),
  idle('W5-browser', 'the same, 15 headers of a browser', { browser: true }),
]
