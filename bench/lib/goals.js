const KIB = 1024
const ALONE = ['W1', 'W1-5000', 'W1-1KiB', 'W2c-10k', 'W3a']
const FLOOR = [
  'W1',
  'W1-first',
  'W1-5000',
  'W2a',
  'W2a-first',
  'W2b',
  'W2b-first',
  'W2c-10k',
  'W2c-120k',
  'W3b',
  'W3b-first',
]
const FRAMEWORKS = { Express: 'express', Koa: 'koa', Fastify: 'fastify' }

/** A figure of one peer divided by that of another. */
const ratio = (of, to, figure = 'cost') =>
  function divide(figures) {
    return figures(of)[figure] / figures(to)[figure]
  }

const rate = ({ messages, wall }) => messages / wall

/** KiB of one peer above those of another. */
const more = (of, than) => (figures) => (figures(of).cost - figures(than).cost) / KIB

/**
 * What a handshake costs above the framework’s answer to a plain request and ws’s handshake, connection and request
 * counted once (of ws only what it needs above a plain request to Node), as a share of these.
 */
const share = (server, framework) => (figures) => {
  const [all, plain, ws, http] = [`${server}-${framework}`, `plain-${framework}`, 'ws', 'plain-http'].map(
    (peer) => figures(peer).cost,
  )
  const without = plain + ws - http
  return (all - without) / without
}

const timesWs = (workloads, atLeast) => ({
  workloads,
  text: 'CPU of naive ws / wshub',
  value: ratio('ws', 'wshub'),
  atLeast,
  floor: ratio('ws', 'net'),
})

/**
 * What wshub has to reach. Each rule holds in all its workloads. `value` gets the medians of a peer by its name; `floor`
 * is what Node’s bare sockets reach, or what `floorName` says.
 */
export const GOALS = [
  {
    workloads: FLOOR,
    text: 'CPU of wshub / bare net',
    value: ratio('wshub', 'net'),
    atMost: 1.1,
    floor: ratio('http', 'net'),
    floorName: 'bare sockets of http',
  },
  timesWs(ALONE, 1.2),
  timesWs(['W2a'], 8),
  timesWs(['W2b'], 40),
  timesWs(['W3b'], 4.5),
  { workloads: ['W2a'], text: 'CPU of wshub / Bun', value: ratio('wshub', 'bun'), atMost: 1.3 },
  { workloads: ['W2b', 'W7'], text: 'CPU of wshub / Bun', value: ratio('wshub', 'bun'), atMost: 1 },
  { workloads: ['W2c-10k'], text: 'p50 of wshub / naive ws', value: ratio('wshub', 'ws', 'p50'), atMost: 1.05 },
  ...Object.entries(FRAMEWORKS).map(([name, framework]) => ({
    workloads: ['W4'],
    text: `wshub’s share of a handshake, ${name}`,
    value: share('wshub', framework),
    atMost: 0.2,
    floor: share('bare', framework),
    floorName: 'no checks, no hub',
  })),
  ...Object.entries(FRAMEWORKS).map(([name, framework]) => ({
    workloads: ['W5-browser'],
    text: `KiB of wshub above those of ws, ${name}`,
    value: more(framework === 'express' ? 'wshub' : `wshub-${framework}`, 'ws'),
    atMost: 1.5,
  })),
  ...Object.entries({ Express: 1.1, Koa: 1.3, Fastify: 1.3 }).map(([name, atLeast]) => ({
    workloads: ['W9'],
    text: `clients accepted in a second, wshub on ${name} / socket.io`,
    value: (figures) => rate(figures(`wshub-${FRAMEWORKS[name]}`)) / rate(figures('socket.io')),
    atLeast,
  })),
  { workloads: ['W6'], text: 'CPU of wshub / one sweep over ws', value: ratio('wshub', 'ws'), atMost: 1 },
  {
    workloads: ['W6'],
    text: 'longest gap of the event loop, ms',
    value: (figures) => figures('wshub').gap,
    atMost: 30,
  },
  {
    workloads: ['W6'],
    text: 'pings to peers that were just heard',
    value: (figures) => figures('wshub').needless,
    atMost: 0,
  },
  {
    workloads: ['W7-memory'],
    text: 'KiB of wshub above those of ws without compression',
    value: more('wshub', 'ws-plain'),
    atMost: 2.5,
  },
  {
    workloads: ['W8'],
    text: 'CPU of a value of a stream / of an event',
    value: ratio('wshub', 'wshub-emit'),
    atMost: 1.5,
  },
  timesWs(['W8'], 1),
]

/** The goals of a workload with what its peers reached; `met` is undefined if a peer was not measured. */
export function judge(id, peers) {
  const figures = (name) => {
    const found = peers[name]?.median
    if (!found) throw new Unmeasured()
    return found
  }
  return GOALS.filter(({ workloads }) => workloads.includes(id)).map(
    ({ text, atLeast, atMost, value, floor, floorName = 'bare net' }) => {
      const reached = tryout(() => value(figures))
      const met =
        reached === undefined ? undefined : reached >= (atLeast ?? -Infinity) && reached <= (atMost ?? Infinity)
      return { text, atLeast, atMost, value: reached, floor: floor && tryout(() => floor(figures)), floorName, met }
    },
  )
}

class Unmeasured extends Error {}

function tryout(figure) {
  try {
    return figure()
  } catch (error) {
    if (error instanceof Unmeasured) return undefined
    throw error
  }
}

/** A goal’s bound and its verdict, in words. */
export function describeGoal({ atLeast, atMost, met }) {
  return {
    bound: atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`,
    verdict: met === undefined ? 'not measured' : met ? 'reached' : 'missed',
  }
}
