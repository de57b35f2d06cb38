import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeMachine } from '../lib/machine.js'
import { Cluster } from './cluster.js'
import { kernelObjects } from './kernel.js'
import {
  measureBroadcasts,
  measureCrowded,
  measureCrowds,
  measureIdle,
  measureLease,
  measurePeople,
  measureStreams,
  measureTopics,
  warmUp,
} from './measures.js'

/*
 * What Redis and the servers of a hub take for each message between them, for topics and for people.
 *
 *   node bench/scaling/measure.js [--rounds <n>] [--out <file>]
 */

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, out: { type: 'string' } } })
const rounds = Number(values.rounds)
const out = values.out ?? fileURLToPath(new URL('../results/scaling.json', import.meta.url))

const cluster = await Cluster.start(2)
try {
  const { version } = await cluster.redis.counts()
  await warmUp(cluster)
  cluster.idle = await measureIdle(cluster)
  const report = {
    date: new Date().toISOString(),
    machine: { ...describeMachine(), redis: version },
    rounds,
    idle: cluster.idle,
    broadcasts: await measureBroadcasts(cluster, { rounds, progress }),
    crowded: await measureCrowded(cluster, { rounds }),
    topics: await measureTopics(cluster),
    streams: await measureStreams(cluster),
    people: await measurePeople(cluster),
    crowds: await measureCrowds(cluster, { rounds }),
    lease: await measureLease(cluster),
    kernel: kernelObjects(),
  }
  writeFileSync(out, `${JSON.stringify(report, undefined, 2)}\n`)
  console.log(out)
} finally {
  await cluster.stop()
}

function progress(what) {
  process.stderr.write(`${what}\n`)
}
