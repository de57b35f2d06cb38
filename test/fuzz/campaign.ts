import { performance } from 'node:perf_hooks'
import { play } from '../conformance/stream.js'
import { Target } from '../conformance/target.js'
import type { Host } from '../contract/hosts/host.js'
import { settledHeap } from '../support/process.js'
import { until } from '../support/wait.js'
import { Canary, type CanaryReport } from './canary.js'
import { type Failure, runTrials } from './trials.js'
import { sendMalformed } from './malformed-handshake.js'
import { predict } from './oracle.js'
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
  /** Descriptions of other problems: a canary without an answer, a socket that is still open. */
  readonly problems: readonly string[]
  readonly seconds: number
  /** The number of trials by outcome. */
  readonly outcomes: Readonly<{ [Ending in string]: number }>
  readonly canaries: readonly CanaryReport[]
  /** Bytes by which the heap has grown since the first tenth. */
  readonly growth: number
}

/** Bytes by which the heap may grow after the first tenth of a campaign. */
const MAX_GROWTH_BYTES = 8 * 1024 * 1024

/** Malformed handshakes: each gets its 4xx or is disconnected, and reaches no app. */
export function fuzzHandshakes(options: CampaignOptions): Promise<Report<Malformed>> {
  return campaign(options, async (targets, { counted, progress }) =>
    runTrials({
      ...options,
      progress,
      arbitrary: requests,
      async trial(request, at, timeout) {
        counted(String(request.statuses[0]))
        return sendMalformed(targets[at % targets.length] as Target, request, timeout)
      },
    }),
  )
}

/** Streams of frames: each has the outcome that the oracle predicts. */
export function fuzzStreams(options: CampaignOptions): Promise<Report<Plan>> {
  return campaign(options, async (targets, { counted, progress }) =>
    runTrials({
      ...options,
      progress,
      arbitrary: streams,
      async trial(plan, at, timeout) {
        const verdict = predict(Buffer.concat(plan.pieces), plan.terms)
        counted(verdict.certain ? nameOf(verdict.closure) : 'uncertain')
        return play(targets[at % targets.length] as Target, plan, verdict.certain ? verdict : undefined, timeout)
      },
    }),
  )
}

function nameOf({ code, clean }: { readonly code: number; readonly clean: boolean }): string {
  return clean ? 'closed' : code === 1006 ? 'open' : String(code)
}

interface Reporting {
  readonly counted: (ending: string) => void
  readonly progress: (done: number) => void
}

async function campaign<T>(
  { count, hosts, progress }: CampaignOptions,
  run: (targets: readonly Target[], reporting: Reporting) => Promise<Failure<T> | undefined>,
): Promise<Report<T>> {
  const targets = await Promise.all(hosts.map((host) => Target.open(host, LIMIT)))
  const canaries = await Promise.all(targets.map(({ port }) => Canary.open(port)))
  const outcomes: { [Ending in string]: number } = {}
  let warm: Promise<number> | undefined
  const began = performance.now()
  const failure = await run(targets, {
    counted: (ending) => (outcomes[ending] = (outcomes[ending] ?? 0) + 1),
    progress(done) {
      if (done >= count / 10) warm ??= settledHeap()
      progress?.(done)
    },
  })
  const seconds = (performance.now() - began) / 1000
  const reports = await Promise.all(canaries.map((canary) => canary.stop()))
  const problems = [...reports.flatMap(problemsOf), ...(await leftovers(targets))]
  const growth = warm ? (await settledHeap()) - (await warm) : 0
  if (growth > MAX_GROWTH_BYTES) problems.push(`the heap has grown by ${growth} bytes`)
  await Promise.all(targets.map((target) => target.close()))
  return { failure, problems, seconds, outcomes, canaries: reports, growth }
}

function problemsOf({ answers, failure }: CanaryReport): string[] {
  if (failure !== undefined) return [`a canary failed: ${failure}`]
  return answers > 1 ? [] : ['a canary has answered at most one question']
}

/** Descriptions of what the targets still hold after all clients have closed. */
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
