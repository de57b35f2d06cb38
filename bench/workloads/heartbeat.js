const INTERVAL = 2000

export const workloads = [
  {
    id: 'W6',
    title: 'heartbeat, 10,000 idle connections, pings every 2 s',
    unit: 'ping and pong',
    mode: 'broadcast',
    load: 'heartbeat',
    rounds: 2,
    peers: ['wshub', 'ws', 'socket.io'],
    settings: ({ quick }) => {
      const interval = quick ? 500 : INTERVAL
      const clients = quick ? 2000 : 10_000
      return { clients, interval, time: 3 * interval, talkers: clients / 20, server: { pingInterval: interval } }
    },
    reference: { ws: 16.8, 'socket.io': 26.4 },
  },
]
