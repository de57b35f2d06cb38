export const workloads = [
  {
    id: 'W9',
    title:
      '10,000 clients that connect again at once, 15 headers of a browser, three middlewares where there is a framework',
    unit: 'accepted client',
    mode: 'broadcast',
    load: 'reconnect',
    rounds: 2,
    middleware: true,
    browser: true,
    peers: ['wshub-express', 'wshub-koa', 'wshub-fastify', 'ws', 'socket.io'],
    settings: ({ quick }) => ({ count: quick ? 2000 : 10_000, storms: quick ? 1 : 3 }),
  },
]
