// Violations that exist. Each list only becomes shorter.

/** Files outside api/ in an import circle. */
export const KNOWN_KNOT: readonly string[] = []

/** Files outside api/ that import from api/. */
export const KNOWN_USERS_OF_API: readonly string[] = []

/** Chains that reach through parts. */
export const KNOWN_CHAINS: readonly string[] = [
  'all.connection.signal.aborted',
  'all.site.hub.connections.size',
  'ann.page.clock.install',
  'ben.context.request.post',
  'connection.core.receiver.keep',
  'connection.core.receiver.queue.idle',
  'ctx.state.user.id',
  'ctx.state.user.name',
  'of.ann1.connection.id',
  'of.bob.client.closed',
  'of.bob.connection.close',
  'of.bob.connection.except',
  'of.bob.connection.id',
  'of.bob.connection.state',
  'of.guest.client.next',
  'of.guest.connection.send',
  'one.server.presence.check',
  'one.server.presence.release',
  'one.server.presence.renew',
  'one.server.presence.sync',
  'other.server.presence.check',
  'other.server.presence.living',
  'server.topic.view.asked',
  'server.topic.view.known',
  'server.topic.view.known.users',
  'shell.server.state.last',
  'shell.world.app.pending',
  'shell.world.app.retried',
  'shell.world.state.count',
  'shell.world.state.current',
  'shell.world.state.online',
  'shell.world.state.phase',
  'socket.io.engine.once',
  'target.hubs.deflate.connections.size',
  'target.hubs.plain.connections.size',
  'there.here.hub.room',
  'there.there.hub.room',
  'turn.state.requests.reverse',
  'visitor.context.request.post',
  'world.setup.options.lease',
  'world.slot.stream.entries.some',
  'world.state.settings.token',
  'world.store.reader.everywhere',
  'world.store.reader.stream',
]
