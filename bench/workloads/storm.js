import { FIRST } from './first.js'

const storm = (id, title, { rooms, seats, ...more }) => ({
  id,
  title,
  unit: 'delivery',
  mode: 'broadcast',
  load: 'storm',
  peers: ['wshub', 'net', 'http', 'bun', 'ws', 'crossws', 'fastify-websocket', 'express-ws', 'socket.io'],
  quickPeers: ['wshub', 'net', 'ws', 'socket.io'],
  settings: ({ quick }) => ({ rooms, seats, size: 64, warm: quick ? 300 : 400, time: quick ? 400 : 1000 }),
  ...more,
})

export const workloads = [
  storm('W2a', 'storm, 50 rooms × 20, every member talks, 64 B', {
    rooms: 50,
    seats: 20,
    reference: { net: 0.84, bun: 0.68, ws: 6.4, crossws: 7.1, 'fastify-websocket': 5.8, 'socket.io': 8.7 },
    reasons: { net: 'the reference wrote once a room and message where messages of several rooms met in a turn' },
  }),
  storm('W2b', 'storm, 1 room × 200, every member talks, 64 B', {
    rooms: 1,
    seats: 200,
    reference: { net: 0.12, bun: 0.19, ws: 5.2, crossws: 5.4, 'fastify-websocket': 5.2, 'socket.io': 5.7 },
  }),
  storm('W2a-first', 'the first second of a fresh server, storm, 50 rooms × 20, 64 B', {
    rooms: 50,
    seats: 20,
    ...FIRST,
  }),
  storm('W2b-first', 'the first second of a fresh server, storm, 1 room × 200, 64 B', {
    rooms: 1,
    seats: 200,
    ...FIRST,
  }),
]
