import { type Bounds, explore, from, type Model, reach, type Report, walk } from './explorer.js'

/** One run of a model, for `npm test` or `npm run model`. */
export interface ModelRun {
  readonly title: string
  readonly run: (bounds: Bounds) => Report
}

/** A run through every state, from the initial states or from the state to which these steps lead. */
export function exhaust<State>(title: string, model: Model<State>, start: readonly string[] = []): ModelRun {
  return { title, run: (bounds) => explore(from(model, reach(model, start)), bounds) }
}

/** A run of random schedules. The title contains the seed. */
export function wander<State>(title: string, model: Model<State>, seed: number): ModelRun {
  return { title: `${title}, walks with seed ${seed}`, run: (bounds) => walk(model, { ...bounds, seed, depth: 60 }) }
}
