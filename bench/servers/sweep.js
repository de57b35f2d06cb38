/** The heartbeat of ws's own documentation: every so often one loop over all sockets. */
export function sweep(sockets, interval) {
  sockets.on('connection', (socket) => {
    socket.isAlive = true
    socket.on('pong', heard)
  })
  setInterval(() => {
    for (const socket of sockets.clients) {
      if (!socket.isAlive) {
        socket.terminate()
        continue
      }
      socket.isAlive = false
      socket.ping()
    }
  }, interval)
}

function heard() {
  this.isAlive = true
}
