import { performance } from 'node:perf_hooks'
import { play } from '../conformance/stream.js'
import { Target } from '../conformance/target.js'
import type { Host } from '../contract/hosts/host.js'
import { settledHeap } from '../support/process.js'
import { until } from '../support/wait.js'
import { Canary, type Song } from './canary.js'
import { crowd, type Failure } from './crowd.js'
import { knockAt } from './knock.js'
import { foretell } from './oracle.js'
import { type Malformed, requests } from './requests.js'
import { LIMIT, type Plan, streams } from './streams.js'

/** The parameters of a campaign. */
export interface CampaignOptions {
  readonly seed: number
  readonly count: number
  readonly width: number
  readonly hosts: readonly Host[]
  readonly progress?: (done: number) => void
  /** Called before each round with the arguments that repeat it. */
  readonly begins?: (seed: number, count: number) => void
}

/** The result of a campaign. */
export interface Report<T> {
  readonly failure: Failure<T> | undefined
  /** Descriptions of other problems: a silent canary, a socket that is still open. */
  readonly complaints: readonly string[]
  readonly seconds: number
  /** The number of trials by outcome. */
  readonly tally: Readonly<{ [Ending in string]: number }>
  readonly canaries: readonly Song[]
  /** Bytes by which the heap has grown since the first tenth. */
  readonly growth: number
}

/** Bytes by which the heap may grow after the first tenth of a campaign. */
const FLAT = 8 * 1024 * 1024

/** Malformed handshakes: each gets its 4xx or is disconnected, and reaches no app. */
export function knockOn(options: CampaignOptions): Promise<Report<Malformed>> {
  return campaign(options, async (targets, { heard, progress }) =>
    crowd({
      ...options,
      progress,
      arbitrary: requests,
      async trial(request, at, timeout) {
        heard(String(request.statuses[0]))
        return knockAt(targets[at % targets.length] as Target, request, timeout)
      },
    }),
  )
}

/** Streams of frames: each has the outcome that the oracle predicts. */
export function streamTo(options: CampaignOptions): Promise<Report<Plan>> {
  return campaign(options, async (targets, { heard, progress }) =>
    crowd({
      ...options,
      progress,
      arbitrary: streams,
      async trial(plan, at, timeout) {
        const verdict = foretell(Buffer.concat(plan.pieces), plan.terms)
        heard(verdict.certain ? nameOf(verdict.closure) : 'uncertain')
        return play(targets[at % targets.length] as Target, plan, verdict.certain ? verdict : undefined, timeout)
      },
    }),
  )
}

function nameOf({ code, clean }: { readonly code: number; readonly clean: boolean }): string {
  return clean ? 'closed' : code === 1006 ? 'open' : String(code)
}

interface Press {
  readonly heard: (ending: string) => void
  readonly progress: (done: number) => void
}

async function campaign<T>(
  { count, hosts, progress }: CampaignOptions,
  run: (targets: readonly Target[], press: Press) => Promise<Failure<T> | undefined>,
): Promise<Report<T>> {
  const targets = await Promise.all(hosts.map((host) => Target.open(host, LIMIT)))
  const canaries = await Promise.all(targets.map(({ port }) => Canary.send(port)))
  const tally: { [Ending in string]: number } = {}
  let warm: Promise<number> | undefined
  const began = performance.now()
  const failure = await run(targets, {
    heard: (ending) => (tally[ending] = (tally[ending] ?? 0) + 1),
    progress(done) {
      if (done >= count / 10) warm ??= settledHeap()
      progress?.(done)
    },
  })
  const seconds = (performance.now() - began) / 1000
  const songs = await Promise.all(canaries.map((canary) => canary.rest()))
  const complaints = [...songs.flatMap(complaintOf), ...(await leftovers(targets))]
  const growth = warm ? (await settledHeap()) - (await warm) : 0
  if (growth > FLAT) complaints.push(`the heap has grown by ${growth} bytes`)
  await Promise.all(targets.map((target) => target.close()))
  return { failure, complaints, seconds, tally, canaries: songs, growth }
}

function complaintOf({ answers, silenced }: Song): string[] {
  if (silenced !== undefined) return [`a canary fell silent: ${silenced}`]
  return answers > 1 ? [] : ['a canary was hardly asked']
}

/** What the targets still hold after all clients have closed. */
async function leftovers(targets: readonly Target[]): Promise<string[]> {
  const found: string[] = []
  for (const target of targets) {
    const held = async (): Promise<number[]> => [
      await target.sockets(),
      ...Object.values(target.hubs).map(({ connections }) => connections.size),
    ]
    await until(async () => (await held()).every((count) => count === 0), 15_000).catch(async () => {
      const [sockets = 0, ...connections] = await held()
      found.push(`a server was left with ${sockets} sockets, its hubs with ${connections.join(' and ')} connections`)
    })
  }
  return found
}
