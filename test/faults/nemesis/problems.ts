import type { Fault, Verdict } from './scenario.js'

const LISTS = ['deaf', 'stuck', 'lost', 'falseRecovered', 'duplicates', 'disorder', 'presence'] as const

/** The most gaps per outage: one for what the store lost, and one for what it could not keep meanwhile. */
const GAPS_PER_OUTAGE = 2

/** The problems of a run, one sentence each; empty if there are none. */
export function problemsOf(verdict: Verdict, { arrives = 0 }: Fault): string[] {
  const { gaps, arrived, signs, outages } = verdict
  const lists = LISTS.flatMap((name) => {
    const { length, [0]: first } = verdict[name]
    return length === 0 ? [] : [`${name}: ${length}, such as ${first}`]
  })
  return [
    ...absentSigns(signs).map((name) => `the fault did not happen: ${name}`),
    ...lists,
    ...(gaps > outages * GAPS_PER_OUTAGE ? [`${gaps} gaps were sent in ${outages} outage(s)`] : []),
    ...(arrived < arrives ? [`${percent(arrived)} of the kept messages arrived`] : []),
  ]
}

/** The signs of a fault that are not there. */
export function absentSigns(signs: Verdict['signs']): string[] {
  const names = Object.keys(signs).filter((name) => !signs[name] || Number(signs[name]) <= 0)
  return Object.keys(signs).length === 0 ? ['there are no signs'] : names
}

/** A row of the table in docs/internals/fault-tests.md. */
export function rowOf(title: string, verdict: Verdict): string {
  const { emitted, deaf, lost, falseRecovered, duplicates, disorder, gaps, arrived, presence } = verdict
  const counts = [deaf, lost, falseRecovered, [...duplicates, ...disorder], presence].map(({ length }) => length)
  return `| ${[title, emitted, ...counts, gaps, percent(arrived)].join(' | ')} |`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
