import { parseArgs } from 'node:util'
import { hosts } from '../contract/hosts/index.js'
import { type CampaignOptions, fuzzHandshakes, type Report, fuzzStreams } from './campaign.js'
import { until } from '../support/wait.js'
import { replay } from './replay.js'
import { explain, figures, type Kind } from './report.js'

const HELP = `npm run fuzz -- [options]
  --seed N        what everything is generated from        (default: random)
  --handshakes N  malformed handshakes                     (default: 20000)
  --streams N     streams of frames                        (default: 200000)
  --width N       how many are under way at a time         (default: 64)
  --replay M:HEX  plays the bytes behind a handshake once; M is plain or deflate`

/** The arguments that repeat the current round. */
let running = ''

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    handshakes: { type: 'string', default: '20000' },
    streams: { type: 'string', default: '200000' },
    width: { type: 'string', default: '64' },
    replay: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

function whole(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new RangeError(`--${name} must be a whole number, not ${JSON.stringify(text)}.`)
  return Number(text)
}

async function run<T>(
  kind: Kind,
  count: number,
  start: (options: Pick<CampaignOptions, 'count' | 'progress' | 'begins'>) => Promise<Report<T>>,
): Promise<boolean> {
  if (count === 0) return true
  const began = performance.now()
  const progress = (done: number): void => {
    const rate = Math.round(done / ((performance.now() - began) / 1000))
    if (done % 10_240 === 0) console.log(`  ${done} ${kind}, ${rate} a second`)
  }
  const begins = (seed: number, size: number): void => {
    running = `npm run fuzz -- --seed ${seed} --${kind} ${size} ${kind === 'streams' ? '--handshakes 0' : '--streams 0'}`
  }
  const report = await start({ count, progress, begins })
  console.log(figures(kind, count, report))
  const wrong = explain(kind, report as Parameters<typeof explain>[1])
  for (const one of wrong) console.error(`\n${one}`)
  return wrong.length === 0
}

async function main(): Promise<boolean> {
  if (values.help) return Boolean(console.log(HELP)) || true
  if (values.replay !== undefined) return replay(values.replay)
  const seed = values.seed === undefined ? Math.trunc(Math.random() * 2 ** 30) : whole('seed', values.seed)
  const common = { seed, width: Math.max(1, whole('width', values.width)) }
  console.log(`seed ${seed}`)
  const handshakes = await run('handshakes', whole('handshakes', values.handshakes), (options) =>
    fuzzHandshakes({ ...common, ...options, hosts }),
  )
  const streams = await run('streams', whole('streams', values.streams), (options) =>
    fuzzStreams({ ...common, ...options, hosts }),
  )
  return handshakes && streams
}

/** Sockets, servers and timers of this process. */
const handles = (): string[] => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name))

async function finish(): Promise<number> {
  const fine = await main()
  const clean = await until(() => handles().length === 0).then(
    () => true,
    () => false,
  )
  if (!clean) console.error(`handles were left: ${handles().join(', ')}`)
  return fine && clean ? 0 : 1
}

// No bytes from the network may end the server process.
process.on('uncaughtException', (error) => {
  console.error(error)
  if (running !== '') console.error(`\nThe process would have died.\n  ${running}`)
  process.exit(1)
})

void finish().then((code) => (process.exitCode = code))
