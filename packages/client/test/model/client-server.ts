import { beginStream, endStream } from './client-streams.js'
import { type ClientBounds, positionAt, ROOM, type Socket, type Wire, type World } from './client-world.js'

// The server of the model behaves as docs/protocol.md says.

/** The server handles the next message of a socket. @returns the rule that the client breaks with this message */
export function serve(world: World, socket: Socket, { expiresIn }: ClientBounds): string | undefined {
  const message = socket.toServer.shift()
  if (!message) return undefined
  const reply = (payload?: unknown): void => void socket.toClient.push({ type: 'reply', id: message.id ?? -1, payload })
  if (message.type === 'hub:hello') reply({ version: 1, connection: `c${socket.id}`, pingInterval: 20_000, expiresIn })
  else if (message.type === 'hub:ping') reply()
  else if (message.type === 'hub:join') admit(world, socket, message)
  else if (message.type === 'hub:leave') leave(socket, message)
  else if (message.type === 'hub:cancel') endStream(socket, (message.payload as Wire).id, 'error')
  else if (message.type === 'answer') return beginStream(world, socket, message)
  else if (message.type === 'say') return execute(world, socket, { id: message.id ?? -1, reply })
  return undefined
}

/** The server makes a socket a member of the room: later messages of the room are sent to it. */
function admit(world: World, socket: Socket, message: Wire): void {
  // The client has given up an earlier join that is still pending: requests of the protocol cannot be cancelled.
  if (socket.joining) return fail(socket, message, 'recovering')
  socket.isMember = true
  socket.joining = message
  // An app without a position begins here, and must get every later message.
  if (askedOf(message).offset === undefined && socket.id === world.state.current) world.app.floor = world.head
}

function leave(socket: Socket, message: Wire): void {
  if (!socket.isMember) return fail(socket, message, 'not_in_room')
  putOut(socket)
  socket.toClient.push({ type: 'reply', id: message.id ?? -1, payload: {} })
}

/** The server removes a socket from the room. */
export function putOut(socket: Socket): void {
  socket.isMember = false
  if (socket.joining) fail(socket, socket.joining, 'left')
  socket.joining = undefined
}

function fail(socket: Socket, { id = -1 }: Wire, code: string): void {
  socket.toClient.push({ type: 'error', id, payload: { code, message: '' } })
}

/** The server sends the missed messages and answers the join. */
export function recoverJoin(world: World, socket: Socket, bounds: ClientBounds): void {
  const { joining } = socket
  if (!joining) return
  socket.joining = undefined
  const answer = bounds.plain ? {} : recover(world, socket, { asked: askedOf(joining), bounds })
  socket.toClient.push({ type: 'reply', id: joining.id ?? -1, payload: { connection: `c${socket.id}`, ...answer } })
}

interface Asked {
  readonly offset?: number
  readonly tag?: string
  readonly last?: number
}

function askedOf({ payload }: Wire): Asked {
  return payload as Asked
}

/** Refuses the next message of a socket, which is a join. */
export function refuseJoin(socket: Socket, code: string): void {
  const message = socket.toServer.shift()
  if (message) fail(socket, message, code)
}

/** A message is emitted to the room. */
export function emit(world: World, bounds: ClientBounds): void {
  world.head += 1
  const message = { offset: world.head, epoch: world.epoch, tag: `t${world.head}` }
  if (!bounds.plain) world.history = [...world.history, message]
  for (const socket of world.sockets) if (socket.isMember) deliver(socket, message, bounds)
}

/** The history is lost with all its messages: a new epoch begins, and members get a gap. */
export function loseHistory(world: World): void {
  world.epoch = `e${Number(world.epoch.slice(1)) + 1}`
  world.head += 1
  world.history = [{ offset: world.head, epoch: world.epoch, tag: `g${world.head}` }]
  for (const socket of world.sockets) {
    if (!socket.isMember) continue
    socket.sent.push(world.head)
    socket.toClient.push({
      type: 'hub:gap',
      payload: { room: ROOM, reason: 'epoch', ...positionAt(world, world.head) },
    })
  }
}

function recover(world: World, socket: Socket, { asked, bounds }: { asked: Asked; bounds: ClientBounds }): object {
  const { head, history } = world
  const position = positionAt(world, head)
  const { offset } = asked
  const first = history[0]?.offset ?? head + 1
  const isKept = offset === undefined || (offset === 0 ? first === 1 : isKnown(history, asked))
  if (!isKept) return { recovered: false, reason: 'epoch', ...position }
  const { last = 0 } = asked
  const after = offset ?? head - last
  if (last > 0 && offset === undefined && socket.id === world.state.current) {
    world.app.floor = Math.min(world.app.floor, Math.max(first - 1, after))
  }
  for (const one of history) if (one.offset > after && !socket.sent.includes(one.offset)) deliver(socket, one, bounds)
  return { recovered: true, ...position }
}

function isKnown(history: World['history'], { offset, tag }: Asked): boolean {
  return history.some((one) => one.offset === offset && one.tag === tag)
}

function deliver(socket: Socket, message: World['history'][number], { plain }: ClientBounds): void {
  socket.sent = [...socket.sent, message.offset]
  const position = plain ? {} : message
  socket.toClient.push({ type: 'said', room: ROOM, payload: message.offset, ...position })
}

function execute(
  world: World,
  socket: Socket,
  { id, reply }: { id: number; reply: (payload?: unknown) => void },
): string | undefined {
  const isAgain = world.executed.includes(id)
  const last = Math.max(0, ...socket.executed)
  world.executed = [...world.executed, id]
  socket.executed = [...socket.executed, id]
  reply(id)
  if (isAgain && !world.app.retried.includes(id)) return 'G a request without retry is executed twice'
  return id > last ? undefined : 'F requests are executed in another order than that of the calls'
}
