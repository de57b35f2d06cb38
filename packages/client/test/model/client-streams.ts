import type { ClientShell } from './client-shell.js'
import type { App, Socket, Wire, World } from './client-world.js'

// Streamed replies in the model of a client.

const next = (): void => undefined

/** The app sends a request whose reply is streamed. */
export function listen(shell: ClientShell): void {
  const { app, state } = shell.world
  const id = state.count + 1
  app.pending = [...app.pending, id]
  app.streams = [...app.streams, { id, got: 0 }]
  const draft = { kind: 'user', body: '{"type":"answer"', bytes: 20, timeout: Infinity, retry: false, next } as const
  shell.on((draftState, machine) => machine.request(draftState, draft))
}

/** A value reaches the app. @returns the rule that this breaks */
export function takeValue(app: App, id: number, value: number): string | undefined {
  if (!app.pending.includes(id)) return 'N a value comes after the end of its stream'
  const got = app.streams.find((one) => one.id === id)?.got ?? 0
  app.streams = [...app.streams.filter((one) => one.id !== id), { id, got: got + 1 }]
  return value === got + 1 ? undefined : 'N a value of a stream comes twice or out of order'
}

/** The server begins a stream. @returns the rule that the client breaks with its request */
export function beginStream(world: World, socket: Socket, { id = -1 }: Wire): string | undefined {
  const isAgain = world.executed.includes(id)
  world.executed = [...world.executed, id]
  socket.streams = [...socket.streams, { id, sent: 0 }]
  return isAgain ? 'G a request without retry is executed twice' : undefined
}

/** The server sends the next value of its first stream. */
export function sendValue(socket: Socket): void {
  const [first, ...others] = socket.streams
  if (!first) return
  const { id, sent } = first
  socket.streams = [...others, { id, sent: sent + 1 }]
  socket.toClient.push({ type: 'hub:next', id, payload: sent + 1 })
}

/** The server ends a stream. */
export function endStream(socket: Socket, id: unknown, type: 'reply' | 'error'): void {
  const ended = socket.streams.find((one) => one.id === id)
  if (!ended) return
  socket.streams = socket.streams.filter((one) => one !== ended)
  socket.toClient.push({ type, id: ended.id, payload: { code: 'cancelled' } })
}
