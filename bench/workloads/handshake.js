/** To add a framework: an app with three middlewares in servers/apps, a plain and a wshub server, and its line here. */
const FRAMEWORKS = ['express', 'koa', 'fastify']
const NAMES = { express: 'Express', koa: 'Koa', fastify: 'Fastify' }

/** What wshub takes above the framework's answer to a plain request and ws's handshake, each on a connection of its own. */
function share(framework) {
  return (cost) => above(cost(`wshub-${framework}`), cost(`plain-${framework}`) + cost('ws'))
}

/** The same with the connection and its request counted once: of ws only what it takes above a plain request to Node. */
function strictShare(framework) {
  return (cost) => above(cost(`wshub-${framework}`), cost(`plain-${framework}`) + cost('ws') - cost('plain-http'))
}

function above(all, anyway) {
  return (all - anyway) / anyway
}

export const workloads = [
  {
    id: 'W4',
    title: 'handshake, 15 headers of a browser, three middlewares where there is a framework',
    unit: 'handshake',
    mode: 'broadcast',
    load: 'handshakes',
    middleware: true,
    browser: true,
    peers: [
      ...FRAMEWORKS.flatMap((framework) => [`wshub-${framework}`, `plain-${framework}`]),
      'plain-http',
      'net',
      'bun',
      'ws',
      'crossws',
      'fastify-websocket',
      'express-ws',
      'socket.io',
    ],
    quickPeers: [
      ...FRAMEWORKS.flatMap((framework) => [`wshub-${framework}`, `plain-${framework}`]),
      'plain-http',
      'ws',
    ],
    settings: ({ quick }) => ({
      count: 1000,
      batches: quick ? 1 : 3,
      warmBatches: quick ? 2 : +(process.env.WARM ?? 4),
    }),
    goals: [
      ...FRAMEWORKS.map((framework) => ({
        text: `wshub’s share above plain ${NAMES[framework]} and ws`,
        value: share(framework),
        atMost: 0.15,
      })),
      ...FRAMEWORKS.map((framework) => ({
        text: `the same on ${NAMES[framework]}, the connection counted once`,
        value: strictShare(framework),
        atMost: 0.15,
      })),
    ],
    reference: { net: 24, bun: 14, ws: 31, crossws: 44, 'fastify-websocket': 40, 'express-ws': 78, 'socket.io': 115 },
  },
]
