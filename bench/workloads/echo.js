import { FIRST } from './first.js'

const base = (quick) => ({ clients: 200, warm: quick ? 300 : 400, time: quick ? 500 : 1000 })
const PEERS = ['wshub', 'net', 'http', 'bun', 'ws', 'crossws', 'fastify-websocket', 'express-ws', 'socket.io']

const echo = (id, flight, more) => ({
  id,
  title: `echo, 200 connections, ${flight} in flight each, 64 B`,
  unit: 'message',
  mode: 'echo',
  load: 'echo',
  peers: PEERS,
  quickPeers: ['wshub', 'net', 'ws'],
  settings: ({ quick }) => ({ ...base(quick), flight, size: 64 }),
  latencyOf: 'there and back',
  ...more,
})

export const workloads = [
  echo('W3a', 1, {
    reference: { net: 8.8, bun: 5.4, ws: 9.5, crossws: 10.1, 'fastify-websocket': 9.3, 'socket.io': 12.4 },
  }),
  echo('W3b', 16, {
    reference: { bun: 0.65, ws: 8.6, crossws: 9.8, 'fastify-websocket': 9.2, 'socket.io': 10.2 },
  }),
  echo('W3b-first', 16, { title: 'the first second of a fresh server, echo, 16 in flight each, 64 B', ...FIRST }),
  {
    id: 'W3c',
    title: 'request in JSON and its answer, 200 connections, 1 in flight each',
    unit: 'request',
    mode: 'request',
    load: 'request',
    peers: ['wshub', 'net', 'http', 'bun', 'ws', 'socket.io'],
    quickPeers: ['wshub', 'ws', 'socket.io'],
    settings: ({ quick }) => base(quick),
    latencyOf: 'there and back',
  },
]
