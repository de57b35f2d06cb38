const openLoop = (id, rate, more) => ({
  id,
  title: `open loop, 50 rooms × 20, ${rate / 1000} k deliveries/s offered, 64 B`,
  unit: 'delivery',
  mode: 'broadcast',
  load: 'openLoop',
  peers: ['wshub', 'net', 'http', 'bun', 'ws', 'socket.io'],
  quickPeers: ['wshub', 'net', 'ws'],
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

export const workloads = [
  openLoop('W2c-10k', 10_000),
  openLoop('W2c-120k', 120_000, {
    reference: { bun: 4.2, ws: 5.7, 'socket.io': 6.9 },
  }),
  openLoop('W2c-400k', 400_000),
]
