import { inspect, type InspectOptions } from 'node:util'

/** What a log or a JSON text may show of a public object: never cookies, headers, session ids or the app's data. */
export type Summary = Readonly<Record<string, unknown>>

/** The arguments with which `util.inspect` calls an object. */
export interface InspectCall {
  readonly depth: number
  readonly options: InspectOptions
}

/** The text of `util.inspect` for an object that shows a summary in place of its fields. */
export function inspectSummary(name: string, summary: Summary, { depth, options }: InspectCall): string {
  return depth < 0 ? `[${name}]` : `${name} ${inspect(summary, { ...options, depth, breakLength: Infinity })}`
}
