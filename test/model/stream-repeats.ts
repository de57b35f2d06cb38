import type { MessageNumber } from '../../packages/core/src/history/store-model/sender-numbers.js'
import type { Step } from './explorer.js'
import type { Shell } from './stream-shell.js'
import { type Append, type Server, take, type World } from './stream-world.js'

// A client library that sends an append again, although it has sent a later one before, or the first try was executed.

/** The number of the next message of a server. */
export function nextNumber({ server, index }: Shell, { id }: Append): MessageNumber {
  server.ordered = [...server.ordered, id]
  return { sender: `${index}.${server.lives}`, number: server.ordered.length }
}

/** Checks a message that was just kept: the store must have neither a later one of its server nor the message twice. */
export function judgeOrder({ server, world }: Shell, id: string): void {
  const later = server.ordered.slice(server.ordered.indexOf(id))
  const kept = (world.slot.stream?.entries ?? []).filter(({ bytes }) => later.includes(bytes))
  if (server.ordered.includes(id) && kept.length > 1)
    world.broken = 'B the order of a server is broken, or a message is kept twice'
}

/** An append or its answer is lost, and the library sends the append again later. */
export function repeats(
  { left }: World,
  { commands: [command], replies: [reply], repeated }: Server,
  go: (label: string, run: (shell: Shell) => void) => Step<World>,
): Step<World>[] {
  const isSent = command?.kind === 'append' && command.order !== undefined
  const isAnswered = reply?.kind === 'append' && reply.command !== undefined
  return [
    ...(left.repeats > 0 && isSent ? [go('lose append', loseCommand)] : []),
    ...(left.repeats > 0 && isAnswered ? [go('lose answer to append', loseAnswer)] : []),
    ...(repeated.length > 0 ? [go('send append again', sendAgain)] : []),
  ]
}

function loseCommand({ server, world }: Shell): void {
  take(world, 'repeats')
  const command = server.commands.shift()
  if (command?.kind === 'append') server.repeated.push(command)
}

function loseAnswer({ server, world }: Shell): void {
  take(world, 'repeats')
  const reply = server.replies.shift()
  if (reply?.kind === 'append' && reply.command) server.repeated.push({ kind: 'append', ...reply.command })
}

/** The library sends an append again, after everything that it has sent since. */
export function sendAgain({ server }: Shell): void {
  const command = server.repeated.shift()
  if (command) server.commands.push({ ...command, again: (command.again ?? 0) + 1 })
}
