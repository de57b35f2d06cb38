// Loaded before an example that listens on a fixed port: the server takes any free port of this machine, and reports it.

const { Server } = require('node:net')

const listen = Reflect.get(Server.prototype, 'listen')

Server.prototype.listen = function listenAnywhere() {
  this.once('listening', () => process.send?.({ port: this.address().port }))
  return listen.call(this, 0, '127.0.0.1')
}
