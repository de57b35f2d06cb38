/** A step that is possible in a state. */
export interface Step<State> {
  readonly label: string
  /** @returns the next state: a new object, which may share parts with the state before */
  run(): State
}

/** The model that is explored. States are plain data and are never changed once they were returned. */
export interface Model<State> {
  initial(): readonly State[]
  steps(state: State): readonly Step<State>[]
  /** The rules that this state breaks, one short sentence each. */
  violations(state: State): readonly string[]
  /** Equal for states that count as the same; see `hashOf`. */
  key(state: State): number
}

/** A broken rule, and the steps that lead to it. */
export interface Violation {
  readonly rule: string
  readonly trace: readonly string[]
  /** The number of states that were visited before. */
  readonly states: number
  readonly ms: number
}

/** The result of a run. */
export interface Report {
  readonly states: number
  readonly steps: number
  /** Steps from an initial state. */
  readonly depth: number
  readonly ms: number
  /** Whether every state was visited; otherwise the run was cut off. */
  readonly exhausted: boolean
  /** The first violation of each rule. */
  readonly violations: readonly Violation[]
}

/** When a run ends. */
export interface Bounds {
  readonly ms?: number
  readonly states?: number
  /** Ends at the first violation. */
  readonly first?: boolean
}

/** The steps to a state. The states between them are not kept. */
interface Path {
  readonly before: Path | undefined
  readonly label: string
}

/** Visits every state that can be reached, breadth first. */
export function explore<State>(model: Model<State>, bounds: Bounds = {}): Report {
  const run = new Run(model, bounds)
  const seen = new Set<number>()
  let level: [State, Path | undefined][] = []
  const add = (state: State, path: Path | undefined) => {
    const key = model.key(state)
    if (seen.has(key)) return
    seen.add(key)
    run.states += 1
    level.push([state, path])
  }
  for (const state of model.initial()) add(state, undefined)
  while (level.length > 0) {
    const current = level.toReversed()
    level = []
    for (let visited = current.pop(); visited; visited = current.pop()) {
      const [state, path] = visited
      run.look(state, () => traceOf(path))
      if (run.isOver()) return run.report(false)
      for (const step of model.steps(state)) {
        run.steps += 1
        add(step.run(), { before: path, label: step.label })
      }
    }
    run.depth += 1
  }
  return run.report(true)
}

/** Runs random schedules from the initial states. They get deep soon, but do not visit every state. */
export function walk<State>(
  model: Model<State>,
  { seed, depth, ...bounds }: Bounds & { readonly seed: number; readonly depth: number },
): Report {
  const run = new Run(model, bounds)
  const random = randomOf(seed)
  run.depth = depth
  while (!run.isOver()) {
    const initial = model.initial()
    let state = pick(initial, random)
    const trace: string[] = []
    for (let step = 0; step < depth && state !== undefined && !run.isOver(); step += 1) {
      const next = pick(model.steps(state), random)
      if (!next) break
      state = next.run()
      trace.push(next.label)
      run.states += 1
      run.steps += 1
      run.look(state, () => [...trace])
    }
  }
  return run.report(false)
}

/** The state after these steps, as the start of a run. Each step is the first one whose label begins with the given text. */
export function reach<State>(model: Model<State>, labels: readonly string[]): State {
  let [state] = model.initial()
  for (const label of labels) {
    const steps: readonly Step<State>[] = state === undefined ? [] : model.steps(state)
    const step = steps.find((one) => one.label.startsWith(label))
    if (!step) throw new Error(`There is no step ${label}, only: ${steps.map((one) => one.label).join(', ')}`)
    state = step.run()
  }
  if (state === undefined) throw new Error('The model has no initial state.')
  return state
}

/** The same model with other initial states. */
export function from<State>(model: Model<State>, ...states: readonly State[]): Model<State> {
  return { ...model, initial: () => states }
}

/** One line for each run, and the trace of each violation. */
export function describeReport(title: string, report: Report): string {
  const { states, steps, depth, ms, exhausted, violations } = report
  const rate = Math.round(states / Math.max(1, ms))
  const end = exhausted ? 'exhausted' : 'cut off'
  const first = `${title}: ${states} states, ${steps} steps, depth ${depth}, ${(ms / 1000).toFixed(1)} s, ${rate}k/s, ${end}`
  return [first, ...violations.map(({ rule, trace }) => `  ${rule}\n    ${trace.join(' > ')}`)].join('\n')
}

/** Numbers between 0 and 1 that depend on the seed alone. */
export function randomOf(seed: number): () => number {
  let x = seed | 0
  return () => {
    x = (x + 0x6d2b79f5) | 0
    let t = Math.imul(x ^ (x >>> 15), 1 | x)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

class Run<State> {
  states = 0
  steps = 0
  depth = 0
  readonly #found = new Map<string, Violation>()
  readonly #began = Date.now()
  readonly #model: Model<State>
  readonly #bounds: Bounds

  constructor(model: Model<State>, bounds: Bounds) {
    this.#model = model
    this.#bounds = bounds
  }

  look(state: State, trace: () => readonly string[]): void {
    for (const rule of this.#model.violations(state)) {
      if (this.#found.has(rule)) continue
      this.#found.set(rule, { rule, trace: trace(), states: this.states, ms: Date.now() - this.#began })
    }
  }

  isOver(): boolean {
    const { ms = Infinity, states = Infinity, first = false } = this.#bounds
    return this.states >= states || (first && this.#found.size > 0) || Date.now() - this.#began >= ms
  }

  report(exhausted: boolean): Report {
    const { states, steps, depth } = this
    return { states, steps, depth, exhausted, ms: Date.now() - this.#began, violations: [...this.#found.values()] }
  }
}

function traceOf(path: Path | undefined): string[] {
  const labels: string[] = []
  for (let one = path; one; one = one.before) labels.unshift(one.label)
  return labels
}

function pick<T>(values: readonly T[], random: () => number): T | undefined {
  return values[Math.floor(random() * values.length)]
}
