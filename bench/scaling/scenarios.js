import { simulate } from './simulation.js'

/** What docs/internals/scaling.md calculates with. */

const COMMON = { connections: 100_000, rooms: 20_000, perSecond: 5000, talk: 'rooms', size: 64, pace: 'alone', seed: 1 }

/** The same crowd on more and more servers. */
export const SERVERS = [2, 4, 8, 16, 32, 64]

export function growth() {
  return SERVERS.flatMap((servers) =>
    [
      { exponent: 0, placement: 'least' },
      { exponent: 1, placement: 'least' },
      { exponent: 1, placement: 'room' },
    ].map((shape) => ({ servers, ...shape, result: simulate({ ...COMMON, servers, ...shape }) })),
  )
}

/** A million: everybody a user in two rooms, and says something every 50 s. */
export const PLAN = {
  servers: 40,
  connections: 1_000_000,
  rooms: 250_000,
  roomsEach: 2,
  exponent: 0.5,
  perSecond: 20_000,
  talk: 'members',
  size: 256,
  placement: 'least',
  seed: 1,
}

export function planned() {
  return Object.fromEntries(['alone', 'bunched'].map((pace) => [pace, simulate({ ...PLAN, pace })]))
}
