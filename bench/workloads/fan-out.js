import { FIRST } from './first.js'

const EVERYBODY = ['wshub', 'net', 'http', 'bun', 'ws', 'crossws', 'fastify-websocket', 'express-ws', 'socket.io']

const fanOut = (id, title, { members, size = 64, burst = 1, ...more }) => ({
  id,
  title,
  unit: 'delivery',
  mode: 'broadcast',
  load: 'fanOut',
  peers: EVERYBODY,
  quickPeers: ['wshub', 'net', 'ws', 'socket.io'],
  settings: ({ quick }) => ({ members, size, burst, warm: quick ? 300 : 400, time: quick ? 500 : 1000 }),
  latencyOf: 'until the last member has it',
  ...more,
})

export const workloads = [
  fanOut('W1', 'fan-out 1 → 1,000, one broadcast at a time, 64 B', {
    members: 1000,
    reference: { net: 4.2, bun: 3.7, ws: 5.5, crossws: 5.6, 'fastify-websocket': 6.3, 'socket.io': 7.3 },
  }),
  fanOut('W1-first', 'the first second of a fresh server, fan-out 1 → 1,000, 64 B', { members: 1000, ...FIRST }),
  fanOut('W1-5000', 'fan-out 1 → 5,000, one broadcast at a time, 64 B', {
    members: 5000,
    long: true,
    reference: { net: 5.8, bun: 4.6, ws: 7.2, crossws: 7.2, 'fastify-websocket': 7.0, 'socket.io': 10.0 },
  }),
  fanOut('W1-1KiB', 'fan-out 1 → 1,000, one broadcast at a time, 1 KiB', {
    members: 1000,
    size: 1024,
    long: true,
    reference: { net: 4.2, bun: 3.6, ws: 5.4, crossws: 5.7, 'fastify-websocket': 5.8, 'socket.io': 6.7 },
  }),
  fanOut('W1-burst', 'fan-out 1 → 1,000 in bursts of 10 broadcasts, 64 B', {
    members: 1000,
    burst: 10,
  }),
]
