import type { Command } from '../rooms/address.js'
import { type ClusterMessage, isRevocation } from './cluster-message.js'

type Routed = Pick<ClusterMessage, 'address' | 'command' | 'everywhere' | 'question'>

/** A command that reaches servers that are not subscribed to its topics. */
export type Removal<One extends Routed> = One & { readonly command: Command }

/** Whether a message goes to the topics of its names. No server subscribes to those of single connections. */
export function goesToNames({ address }: Routed): boolean {
  return address.scope !== 'connection'
}

/** Whether a message goes to the topic of all servers. */
export function goesToAll(message: Routed): boolean {
  return !goesToNames(message) || isRemoval(message) || (message.question !== undefined && message.everywhere === true)
}

/**
 * Whether every server must get a command: a handshake of a revoked user may be pending there, or a client may be
 * about to join a room that it was removed from.
 */
export function isRemoval<One extends Routed>(message: One): message is Removal<One> {
  const { address, command, everywhere } = message
  if (!command || !goesToNames(message)) return false
  return everywhere === true || (command.do === 'disconnect' && isRevocation(address, command.code))
}
