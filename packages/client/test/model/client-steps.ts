import type { ClientShell } from './client-shell.js'
import { newWorld, positionAt, ROOM, type Socket } from './client-world.js'

// What a step does to a draft of the world.

export const say = (retry: boolean) => (shell: ClientShell) => {
  const next = shell.world.state.count + 1
  shell.world.app.pending = [...shell.world.app.pending, next]
  if (retry) shell.world.app.retried = [...shell.world.app.retried, next]
  const draft = { kind: 'user', body: '{"type":"say"', bytes: 20, timeout: 60_000, retry } as const
  shell.on((state, machine) => machine.request(state, draft))
}

export function accept(socket: Socket, shell: ClientShell): void {
  socket.isOpen = true
  socket.openedAt = shell.world.now
  shell.on((state, machine) => machine.opened(state, socket.id, true))
}

export function receive(shell: ClientShell, socket: Socket): void {
  const message = socket.toClient.shift()
  if (message) shell.on((state, machine) => machine.received(state, socket.id, message))
}

export function closeSocket(shell: ClientShell, id: number, { code, reason }: { code: number; reason: string }): void {
  const { world } = shell
  shell.ended(id)
  world.sockets = world.sockets.filter((one) => one.id !== id)
  if (id === world.state.current) shell.lost(code === 1001 ? 2500 : undefined)
  if (code === 4403) world.mayOpen = false
  if (code === 4401 && (!world.state.settings.token || world.tokenRefused)) world.mayOpen = false
  if (code === 4401) world.tokenRefused = true
  shell.on((state, machine) => machine.closed(state, id, { code, reason }))
}

export function enter(shell: ClientShell): void {
  const { bounds, world } = shell
  const { load = false, last, from = false, kept = 0 } = bounds
  const position = from ? positionAt({ epoch: 'e1', history: newWorld(bounds).history }, kept) : undefined
  const room = world.state.rooms.find(({ name }) => name === ROOM)
  const isNew = !room || room.phase === 'out' || room.phase === 'leaving' || room.holders === 0
  if (isNew) Object.assign(world.app, { at: position?.offset, floor: world.head, isLeft: false })
  shell.on((state, machine) => machine.enter(state, ROOM, { load, last, from: position }))
}

export function loaded(shell: ClientShell, load: number, offset: number): void {
  const { world } = shell
  world.loads = []
  const room = world.state.rooms.find(({ name }) => name === ROOM)
  // The client's own record of the load decides whether it takes this state.
  const isTaken = room?.phase === 'loading' && room.load === load && !room.stale
  if (isTaken && (shell.bounds.plain || !room.known || offset >= (room.upTo?.offset ?? 0))) world.app.at = offset
  const position = shell.bounds.plain ? undefined : positionAt(world, offset)
  shell.on((state, machine) => machine.loaded(state, ROOM, { load, position }))
}
