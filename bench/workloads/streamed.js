export const workloads = [
  {
    id: 'W8',
    title: 'streamed reply of 10,000 values, 20 connections, one stream each at a time',
    unit: 'value',
    mode: 'stream',
    load: 'streamed',
    peers: [
      'wshub',
      {
        peer: 'wshub',
        name: 'wshub-emit',
        label: 'wshub, an event and `drained` per value',
        server: { mode: 'emit each' },
      },
      'ws',
    ],
    settings: ({ quick }) => ({ clients: 20, values: quick ? 1000 : 10_000, warm: 300, time: quick ? 500 : 2000 }),
  },
]
