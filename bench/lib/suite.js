import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { judge } from './goals.js'
import { calm } from './machine-load.js'
import { missing, PEERS } from './peers.js'
import { compare } from './references.js'
import { run } from './run.js'
import { summarise } from './statistics.js'

const PROFILES = fileURLToPath(new URL('../results/profiles/', import.meta.url))
/** Share of the machine that others may take before a run is repeated, and how often that is tried. */
const QUIET = 0.05
const REPEATS = 2
/** Peers that no goal names: one round shows where they are. */
const ONCE = new Set(['crossws', 'fastify-websocket', 'express-ws'])
/** Milliseconds of a workload that measures servers which have just started. */
const FIRST_SECOND = { warm: 0, time: 1000 }

/** Measures one workload: every round has each peer once, so that a change of the machine hits all of them. */
export async function measure(workload, options, say) {
  const entries = entriesOf(workload, options, say)
  const peers = Object.fromEntries(entries.map(({ name, label }) => [name, { label, rounds: [], failures: [] }]))
  const most = Math.min(options.rounds, workload.rounds ?? Infinity)
  for (let round = 0; round < most; round += 1) {
    for (const entry of rotate(entries, round)) {
      if (round > 0 && ONCE.has(entry.name)) continue
      const { rounds, failures } = peers[entry.name]
      say(`${workload.id} ${round + 1}/${most} ${entry.label}`)
      try {
        rounds.push(await quietly(() => run(entry, preparation(workload, entry, options)), options))
      } catch (error) {
        failures.push(error.message)
      }
    }
  }
  for (const peer of Object.values(peers)) {
    // A server that loses or doubles a message once has no figure.
    if (peer.failures.length === 0) peer.median = summarise(peer.rounds, workload.figure)
  }
  return {
    title: workload.title,
    unit: workload.unit,
    peers,
    goals: judge(workload.id, peers),
    strays: compare(workload, peers),
  }
}

function entriesOf(workload, { quick, peers: wanted }, say) {
  const all = (quick && workload.quickPeers) || workload.peers
  const entries = all.map((entry) =>
    typeof entry === 'string' ? { peer: entry, name: entry, label: PEERS[entry].label } : entry,
  )
  return entries.filter(({ peer, name, label }) => {
    const why = missing(peer)
    if (why) say(`${workload.id} skips ${label}: ${why}`, true)
    return !why && (!wanted || wanted.includes(name))
  })
}

function preparation(workload, { name }, { quick, profile, node }) {
  const settings = { ...workload.settings({ quick }), ...(workload.warmed === false && FIRST_SECOND) }
  if (!profile || !name.startsWith('wshub')) return { node, workload, settings }
  mkdirSync(PROFILES, { recursive: true })
  const flags = ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`, `--cpu-prof-name=${workload.id}-${name}.cpuprofile`]
  return { node, workload, settings, flags: [...flags, '--cpu-prof-interval=200'] }
}

/** Repeats a run that others have disturbed; the least disturbed one counts. */
async function quietly(attempt, { wait }) {
  let best
  for (let tries = 0; tries <= REPEATS; tries += 1) {
    await calm(wait)
    const figures = await attempt()
    if (!best || figures.others < best.others) best = figures
    if (wait === 0 || !(best.others > QUIET)) break
  }
  return best
}

function rotate(list, by) {
  const at = by % list.length
  return [...list.slice(at), ...list.slice(0, at)]
}
