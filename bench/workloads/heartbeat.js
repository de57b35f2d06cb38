const INTERVAL = 2000

export const workloads = [
  {
    id: 'W6',
    title: 'heartbeat, 10,000 idle connections, pings every 2 s',
    unit: 'ping and pong',
    mode: 'broadcast',
    load: 'heartbeat',
    peers: ['wshub', 'ws', 'socket.io'],
    settings: ({ quick }) => {
      const interval = quick ? 500 : INTERVAL
      const clients = quick ? 2000 : 10_000
      return { clients, interval, time: 3 * interval, talkers: clients / 20, server: { pingInterval: interval } }
    },
    goals: [
      { text: 'CPU of wshub / one sweep over ws', under: 'ws', atMost: 0.85 },
      { text: 'longest gap of the event loop, ms', value: (_, figures) => figures('wshub').gap, atMost: 30 },
      { text: 'pings to peers that were just heard', value: (_, figures) => figures('wshub').needless, atMost: 0 },
    ],
    reference: { ws: 16.8, 'socket.io': 26.4 },
  },
]
