import { randomOf } from '../../../../test/model/explorer.js'
import * as machine from '../../src/machine/index.js'
import { Rig } from './rig.js'

/** Milliseconds that a handshake or its failure takes. */
const LATENCY = 5

/** When the clients tried to reconnect, in milliseconds after they had lost their server. */
export interface Storm {
  /** The first try of each client. */
  readonly first: readonly number[]
  /** Every try of every client. */
  readonly tries: readonly number[]
  /** The successful handshake of each client. */
  readonly back: readonly number[]
}

/**
 * Connects clients on a virtual clock, closes all connections at once, and lets each client reconnect.
 * @param lose closes the connection of one client; `share` is its rank among the clients, from 0 to 1
 * @param downFor milliseconds until the server is there again
 */
export function storm({
  clients,
  seed,
  downFor,
  lose,
}: {
  readonly clients: number
  readonly seed: number
  readonly downFor: number
  readonly lose: (rig: Rig, share: number) => void
}): Storm {
  const random = randomOf(seed)
  const first: number[] = []
  const tries: number[] = []
  const back: number[] = []
  for (let index = 0; index < clients; index += 1) {
    const rig = connected(random)
    const start = rig.now
    lose(rig, (index + random()) / clients)
    let isFirst = true
    while (!isBack(rig)) {
      const at = machine.nextDue(rig.state)
      rig.now = at
      const isTry = rig.on(machine.tick).some(({ type }) => type === 'open')
      if (!isTry) continue
      tries.push(at - start)
      if (isFirst) first.push(at - start)
      isFirst = false
      rig.now = at + LATENCY
      if (at - start < downFor) rig.closed()
      else rig.opened()
    }
    back.push(rig.now - start)
  }
  return { first, tries, back }
}

/** The largest number of events in a window, divided by the mean number of all windows of the same length. */
export function peak(times: readonly number[], window: number): number {
  const from = Math.min(...times)
  const counts = new Map<number, number>()
  for (const time of times) {
    const bucket = Math.floor((time - from) / window)
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
  }
  const windows = Math.max(...counts.keys()) + 1
  return Math.max(...counts.values()) / (times.length / windows)
}

function connected(random: () => number): Rig {
  const rig = new Rig({}, random)
  rig.on(machine.open)
  rig.opened()
  rig.pass(20_000)
  return rig
}

function isBack(rig: Rig): boolean {
  return rig.state.phase === 'ready'
}
