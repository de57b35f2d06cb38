/** A workload without warming: what a server costs that has just started, while V8 has compiled nothing yet. */
export const FIRST = {
  peers: ['wshub', 'net', 'http', 'bun', 'ws', 'socket.io'],
  quickPeers: ['wshub', 'net', 'ws'],
  warmed: false,
}
