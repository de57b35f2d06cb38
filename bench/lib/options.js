import { parseArgs } from 'node:util'
import { workloads } from '../workloads/index.js'

export const USAGE = `npm run bench [-- [options] [workload …]]

  --quick         small sizes, one round, the peers that goals name, no variants: about three minutes
  --rounds <n>    interleaved rounds; default 3 (1 with --quick)
  --peers <a,b>   only these peers
  --node <a,b>    the Node that runs servers and load, by its major version in test/runtimes, for example 20,22,24,26;
                  lts is the newest long-term support release of them, others are all but that one; several versions
                  are measured in turn, workload by workload; default: the Node of the suite
  --wait <s>  seconds to wait for a quiet machine before each run, and whether to repeat disturbed ones;
                  default 10 (0 with --quick)
  --profile       writes CPU profiles of wshub's servers to bench/results/profiles (figures are then too high)
  --out <file>    where the JSON goes; default bench/results/<date>.json, and -node<version> for each of several

Workloads: ${workloads.map(({ id }) => id).join(', ')}; a beginning such as W1 stands for all that begin with it.`

/** What to measure, from the command line. @throws TypeError in a sentence */
export function readOptions(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      peers: { type: 'string' },
      node: { type: 'string' },
      wait: { type: 'string' },
      profile: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const { quick, profile, out, help } = values
  const [peers, nodes] = [values.peers?.split(','), values.node?.split(',')]
  const rounds = wholeNumber('--rounds', values.rounds ?? (quick ? 1 : 3), 1)
  const wait = wholeNumber('--wait', values.wait ?? (quick ? 0 : 10), 0)
  return { quick, profile, out, help, rounds, wait, peers, nodes, chosen: choose(positionals, quick) }
}

function wholeNumber(name, text, least) {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least) return value
  throw new TypeError(`${name} takes a whole number of at least ${least}, not ${text}.`)
}

function choose(names, quick) {
  if (names.length === 0) return workloads.filter(({ long }) => !(quick && long))
  const unknown = names.find((name) => !workloads.some(({ id }) => id.startsWith(name)))
  if (unknown) throw new TypeError(`There is no workload ${unknown}.\n\n${USAGE}`)
  // Its own name means one workload and those that vary it.
  return workloads.filter(({ id }) => names.some((name) => id.startsWith(name)))
}
