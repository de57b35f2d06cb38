/** Long chains that are allowed: those of other libraries, and those of the client's model. */
export const KNOWN_CHAINS: readonly string[] = [
  'ann.page.clock.install',
  'ben.context.request.post',
  'ctx.state.user.id',
  'ctx.state.user.name',
  'shell.world.app.pending',
  'shell.world.app.retried',
  'shell.world.state.count',
  'shell.world.state.current',
  'shell.world.state.online',
  'shell.world.state.phase',
  'socket.io.engine.once',
  'turn.state.requests.reverse',
  'user.context.request.post',
  'world.state.settings.token',
]
