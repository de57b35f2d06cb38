const ON = { compression: true }
const UNCOMPRESSED = { peer: 'ws', name: 'ws-plain', label: 'naive ws, no compression', server: { compression: false } }

export const workloads = [
  {
    id: 'W7',
    title: 'compressed fan-out, JSON of 1,100 B to 1,000, permessage-deflate',
    unit: 'delivery',
    mode: 'broadcast',
    load: 'compressedFanOut',
    peers: ['wshub', 'bun', 'ws', 'socket.io'],
    settings: ({ quick }) => ({ members: 1000, warm: quick ? 200 : 400, time: quick ? 500 : 1200, server: ON }),
    reference: { bun: 10.0, ws: 35.5, 'socket.io': 39.2 },
    reasons: { bun: 'what ws pays per connection depends on the document, and that of the reference is not known' },
  },
  {
    id: 'W7-memory',
    title: 'connection after one compressed message there and back',
    unit: 'connection',
    figure: 'memory',
    mode: 'echo',
    load: 'compressedMemory',
    rounds: 1,
    flags: ['--expose-gc', '--max-semi-space-size=1'],
    peers: ['wshub', UNCOMPRESSED, 'bun', 'ws', 'socket.io'],
    // As for idle connections: the pages of the process would hide what fewer connections hold.
    long: true,
    settings: () => ({ few: 500, many: 2500, server: ON }),
  },
]
