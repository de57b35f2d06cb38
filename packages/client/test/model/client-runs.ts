import { exhaust, type ModelRun, wander } from '../../../../test/model/run.js'
import { clientModel } from './client-model.js'
import type { ClientBounds } from './client-world.js'

const all = (title: string, bounds: ClientBounds): ModelRun => exhaust(`client: ${title}`, clientModel(bounds))

/** The title and bounds of a run, and the bounds that are lower in its short form. */
type QuickRun = readonly [title: string, bounds: ClientBounds, short?: ClientBounds]

const QUICK: readonly QuickRun[] = [
  ['the connection is cut and comes back', { cuts: 2, ticks: 3 }, { ticks: 2 }],
  ['a drain and a wake', { drains: 1, wakes: 2, ticks: 3 }, { wakes: 1 }],
  ['open and close, in any order', { opens: 3, closes: 2, ticks: 1 }, { opens: 2 }],
  ['silence, and deadlines that pass too late', { ticks: 4, lates: 2 }, { ticks: 3, lates: 1 }],
  ['the network and the page come and go', { networks: 2, wakes: 1, sleeps: 1, ticks: 2, cuts: 1 }, { networks: 1 }],
  ['a token, and it expires', { token: true, expiries: 2, ticks: 3, opens: 2 }, { opens: 1 }],
  ['a token that expires before and after a silence', { token: true, expiries: 2, ticks: 7 }, { ticks: 4 }],
  [
    'refreshes of an authorisation that expires',
    { token: true, expiresIn: 20_000, cuts: 1, ticks: 5, opens: 2 },
    { ticks: 3 },
  ],
  ['a ban', { bans: 1, cuts: 1, ticks: 2, opens: 2 }],
  ['two requests and a cut', { requests: 1, retries: 1, cuts: 1, ticks: 2 }, { ticks: 1 }],
  ['two requests, one is aborted', { requests: 1, retries: 1, cuts: 1, ticks: 1, aborts: 1 }, { cuts: 0 }],
  [
    'requests of a client that is closed and opened',
    { requests: 1, retries: 1, closes: 1, opens: 2, ticks: 1 },
    { retries: 0 },
  ],
  ['a stream and a cut', { streams: 1, values: 2, cuts: 1, ticks: 1, doubles: 1 }, { doubles: 0 }],
  ['two streams, one is aborted', { streams: 2, values: 2, aborts: 1, ticks: 1 }, { values: 1 }],
  ['a stream of a client that is closed and opened', { streams: 1, values: 2, closes: 1, opens: 2, ticks: 1 }],
  ['answers that come twice', { requests: 1, enters: 1, doubles: 2, emits: 1 }, { doubles: 1 }],
  ['a room and a cut', { enters: 1, emits: 3, cuts: 1, ticks: 2 }, { emits: 2, ticks: 1 }],
  ['a room that is entered and left', { enters: 2, exits: 1, emits: 1, cuts: 1, ticks: 1 }, { cuts: 0 }],
  ['a room whose history is lost', { enters: 1, emits: 1, losses: 1, cuts: 1, ticks: 1 }],
  ['a room that can not be joined', { enters: 2, emits: 1, unavailable: 1, forbidden: 1, ticks: 2 }, { ticks: 1 }],
  ['a room that the client is removed from', { enters: 2, kicks: 1, emits: 1, cuts: 1, ticks: 1 }, { cuts: 0 }],
  ['a room without history', { plain: true, enters: 1, emits: 3, cuts: 1, ticks: 1 }, { emits: 2 }],
  ['a room with a state that is loaded', { load: true, enters: 1, emits: 2, cuts: 1, ticks: 1, kept: 1 }, { emits: 1 }],
  ['a room with a state that is loaded, and a loss', { load: true, enters: 1, emits: 1, losses: 1, ticks: 1 }],
  ['a room that continues from a state', { from: true, kept: 2, enters: 1, emits: 2, cuts: 1, ticks: 1 }],
  ['a room with its last messages', { last: 2, kept: 2, enters: 1, emits: 1, losses: 1, cuts: 1, ticks: 1 }],
]

/** Runs that visit every state within seconds. */
export const QUICK_CLIENT_RUNS: readonly ModelRun[] = QUICK.map(([title, bounds]) => all(title, bounds))

/** The same runs with fewer events. Each visits every state. */
export const SHORT_CLIENT_RUNS: readonly ModelRun[] = QUICK.map(([title, bounds, short]) =>
  all(title, { ...bounds, ...short }),
)

/** Runs that take minutes. */
export const LONG_CLIENT_RUNS: readonly ModelRun[] = [
  all('a room that is entered and left again and again', { enters: 3, exits: 2, emits: 1, cuts: 1, ticks: 1 }),
  all('a room that the client leaves and is removed from', {
    enters: 2,
    exits: 1,
    kicks: 1,
    emits: 2,
    cuts: 1,
    ticks: 1,
  }),
  all('a room, a loss and a cut', { enters: 1, emits: 2, losses: 1, cuts: 1, ticks: 1 }),
  all('a room, two cuts, a loss', { enters: 1, emits: 3, losses: 1, cuts: 2, ticks: 3 }),
  all('a loaded room, cuts and losses', { load: true, kept: 1, enters: 1, emits: 2, losses: 1, cuts: 1, ticks: 2 }),
  all('everything of the page', { networks: 2, wakes: 2, sleeps: 2, ticks: 4, cuts: 1, opens: 2, closes: 1 }),
  all('requests, a drain and a cut', { requests: 2, retries: 2, cuts: 1, drains: 1, ticks: 4, aborts: 1 }),
]

const walks: readonly ClientBounds[] = [
  { streams: 3, values: 8, requests: 2, aborts: 2, cuts: 3, drains: 1, opens: 3, closes: 1, doubles: 2, ticks: 12 },
  { enters: 3, exits: 2, emits: 6, losses: 1, cuts: 3, ticks: 12, lates: 1, requests: 2, retries: 2, doubles: 1 },
  { load: true, kept: 2, enters: 2, emits: 6, losses: 2, cuts: 3, ticks: 12, unavailable: 1, kicks: 1 },
  {
    token: true,
    expiresIn: 20_000,
    expiries: 2,
    drains: 2,
    sleeps: 1,
    wakes: 2,
    networks: 2,
    opens: 4,
    closes: 2,
    requests: 3,
    ticks: 12,
  },
  { plain: true, enters: 2, exits: 1, emits: 6, cuts: 3, ticks: 12, kicks: 1, forbidden: 1, opens: 3, closes: 1 },
]

/** Random schedules of many faults at once. */
export function clientWalks(seed: number): readonly ModelRun[] {
  return walks.map((bounds) => wander(`client: ${JSON.stringify(bounds)}`, clientModel(bounds), seed))
}
