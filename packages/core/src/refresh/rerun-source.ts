import type { Duplex } from 'node:stream'
import type { RepeatedHandshake } from './rerun-request.js'
import type { RerunOutcome } from './rerun-outcome.js'

/** Brings a handshake to the app that accepted it, once more. */
export interface RerunSource {
  /** @param target the hub that must be reached @param socket the socket of the connection. Never rejects. */
  rerun(handshake: RepeatedHandshake, target: object, socket: Duplex): Promise<RerunOutcome>
}
