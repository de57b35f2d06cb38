import { type Bounds, explore, from, type Model, reach, type Report, walk } from './explorer.js'

/** One run of a model, for `npm test` or `npm run model`. */
export interface ModelRun {
  readonly title: string
  readonly run: (bounds: Bounds) => Report
}

/** Every state, from the beginning or from where these steps lead. */
export function exhaust<State>(title: string, model: Model<State>, start: readonly string[] = []): ModelRun {
  return { title, run: (bounds) => explore(from(model, reach(model, start)), bounds) }
}

/** Random schedules; the seed is in the title. */
export function wander<State>(title: string, model: Model<State>, seed: number): ModelRun {
  return { title: `${title}, walks with seed ${seed}`, run: (bounds) => walk(model, { ...bounds, seed, depth: 60 }) }
}
