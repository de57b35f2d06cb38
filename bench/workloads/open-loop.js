const openLoop = (id, rate, more) => ({
  id,
  title: `open loop, 50 rooms × 20, ${rate / 1000} k deliveries/s offered, 64 B`,
  unit: 'delivery',
  mode: 'broadcast',
  load: 'openLoop',
  peers: ['wshub', 'net', 'bun', 'ws', 'socket.io'],
  quickPeers: ['wshub', 'ws', 'socket.io'],
  settings: ({ quick }) => ({
    rooms: 50,
    seats: 20,
    size: 64,
    rate,
    warm: quick ? 400 : 500,
    time: quick ? 600 : 1500,
  }),
  latencyOf: 'from the moment a message was due until each member has it',
  spinning: true,
  ...more,
})

const throughput = ({ messages, wall }) => messages / wall

export const workloads = [
  openLoop('W2c-10k', 10_000, {
    goals: [{ text: 'p50 of wshub / naive ws', under: 'ws', of: ({ p50 }) => p50, atMost: 1.05 }],
  }),
  openLoop('W2c-120k', 120_000, {
    goals: [
      { text: 'CPU of wshub / naive ws', under: 'ws', atMost: 0.9 },
      { text: 'p99 of wshub / naive ws', under: 'ws', of: ({ p99 }) => p99, atMost: 0.4 },
    ],
    reference: { bun: 4.2, ws: 5.7, 'socket.io': 6.9 },
  }),
  openLoop('W2c-400k', 400_000, {
    goals: [
      { text: 'delivered by wshub / naive ws', under: 'ws', of: throughput, atLeast: 1.9 },
      { text: 'delivered by wshub / socket.io', under: 'socket.io', of: throughput, atLeast: 2.5 },
    ],
  }),
]
