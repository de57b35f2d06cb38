import type { Report } from './campaign.js'
import type { Failure } from './trials.js'
import type { Malformed } from './requests.js'
import type { Plan } from './streams.js'

/** The kinds of campaigns. */
export type Kind = 'handshakes' | 'streams'

/** Descriptions of all failures; empty if there is none. */
export function explain(kind: Kind, { failure, problems }: Report<Malformed | Plan>): string[] {
  return [...(failure ? [explainFailure(kind, failure)] : []), ...problems]
}

function explainFailure(kind: Kind, { value, difference, seed, count, again }: Failure<Malformed | Plan>): string {
  const none = kind === 'streams' ? '--handshakes 0' : '--streams 0'
  return [
    difference,
    'terms' in value ? describePlan(value) : describeRequest(value),
    again ? '' : '  It did not fail when it was repeated alone.',
    `  npm run fuzz -- --seed ${seed} --${kind} ${count} ${none}`,
  ]
    .filter(Boolean)
    .join('\n')
}

function describePlan({ mode, offer, early, terms, pieces }: Plan): string {
  const way = `${mode}, offer ${offer ?? 'none'}${terms.compressed ? '' : ', not compressed'}${early ? ', with the handshake' : ''}`
  return `  frames (${way}): ${pieces.map((piece) => piece.toString('hex')).join(' | ')}`
}

function describeRequest({ defects, bytes }: Malformed): string {
  return `  request (${defects.join(' and ')}): ${bytes('0').toString('hex')}`
}

/** The figures of a campaign. */
export function figures(kind: Kind, count: number, { seconds, outcomes, canaries, growth }: Report<unknown>): string {
  const answers = canaries.reduce((sum, one) => sum + one.answers, 0)
  const slowest = Math.max(...canaries.map((one) => one.slowest))
  const endings = Object.entries(outcomes).toSorted(([one], [other]) => one.localeCompare(other))
  return [
    `${count} ${kind} in ${seconds.toFixed(1)} s, ${Math.round(count / seconds)} a second`,
    `  predicted: ${endings.map(([name, times]) => `${name} ${times}`).join(', ')}`,
    `  canaries: ${canaries.length}, ${answers} answers, the slowest after ${Math.round(slowest)} ms`,
    `  heap since a tenth was done: ${(growth / 1024).toFixed(0)} KiB`,
  ].join('\n')
}
