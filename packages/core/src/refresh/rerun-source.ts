import type { Duplex } from 'node:stream'
import type { RepeatedHandshake } from './rerun-request.js'
import type { RerunOutcome } from './rerun-outcome.js'

/** Runs a handshake once more through the app that has accepted it. */
export interface RerunSource {
  /** @param target the hub that must accept it @param socket the socket of the connection. Never rejects. */
  rerun(handshake: RepeatedHandshake, target: object, socket: Duplex): Promise<RerunOutcome>
}
