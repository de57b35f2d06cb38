/** To add a framework: an app with three middlewares in servers/apps, a plain, a bare and a wshub server, and its line here. */
const FRAMEWORKS = ['express', 'koa', 'fastify']
const BY_FRAMEWORK = FRAMEWORKS.flatMap((framework) => [
  `wshub-${framework}`,
  `plain-${framework}`,
  `bare-${framework}`,
])

export const workloads = [
  {
    id: 'W4',
    title: 'handshake, 15 headers of a browser, three middlewares where there is a framework',
    unit: 'handshake',
    mode: 'broadcast',
    load: 'handshakes',
    rounds: 2,
    middleware: true,
    browser: true,
    peers: [
      ...BY_FRAMEWORK,
      'plain-http',
      'net',
      'bun',
      'ws',
      'crossws',
      'fastify-websocket',
      'express-ws',
      'socket.io',
    ],
    quickPeers: [...BY_FRAMEWORK, 'plain-http', 'ws'],
    settings: ({ quick }) => ({
      count: 1000,
      batches: quick ? 1 : 3,
      warmBatches: quick ? 2 : 4,
    }),
    reference: { net: 24, bun: 14, ws: 31, crossws: 44, 'fastify-websocket': 40, 'express-ws': 78, 'socket.io': 115 },
  },
]
