/** The thresholds of a mass refusal. Both must be reached. */
export interface JudgeRule {
  /** The least number of refused connections. */
  readonly minMass: number
  /** Their least share of the sample, 0 to 1. */
  readonly massShare: number
  /** The most runs in a sample: the first refusal is judged after them at the latest. */
  readonly maxSample: number
}

const DEFAULT_RULE: JudgeRule = { minMass: 20, massShare: 0.2, maxSample: 100 }

/** What is known of the runs since the first refusal that is not judged yet. */
export interface JudgeState<Member> {
  readonly rule: JudgeRule
  /** Refused members that are not judged yet, with the close code that each will get. */
  readonly suspects: Map<Member, number>
  /** The number of runs since the run of the first suspect, that run included. */
  seen: number
  /** Suspects whose run was brought forward: their next run may belong to the same outage. */
  readonly sampled: Set<Member>
  /** Members of a mass refusal, with the number of further refusals after which each is closed. */
  readonly unconfirmed: Map<Member, number>
  /** Whether the app has accepted one of them since. */
  recovered: boolean
}

/** An action for the caller after a run. */
export type JudgeEffect<Member> =
  | { readonly do: 'end'; readonly member: Member; readonly code: number }
  /** The app itself may be at fault, because it has refused many members at once. They stay until their next run. */
  | { readonly do: 'report'; readonly refused: number; readonly seen: number }
  /** The refusals can be judged only after more runs. */
  | { readonly do: 'sample' }

export function newJudge<Member>(rule: JudgeRule = DEFAULT_RULE): JudgeState<Member> {
  return { rule, suspects: new Map(), seen: 0, sampled: new Set(), unconfirmed: new Map(), recovered: false }
}

/** A run ended without a refusal. @param members how many connections are revalidated */
export function memberPassed<Member>(
  state: JudgeState<Member>,
  member: Member,
  members: number,
): JudgeEffect<Member>[] {
  state.suspects.delete(member)
  state.sampled.delete(member)
  if (state.unconfirmed.delete(member)) state.recovered = true
  return judgeRefusals(state, members)
}

/** A run that was refused. */
export interface Refusal<Member> {
  readonly member: Member
  /** The close code of the refusal. */
  readonly code: number
  /** Whether the run was brought forward as a sample: the regular run of the same round follows. */
  readonly sampled?: boolean
}

/** A run was refused. @param members how many connections are revalidated */
export function memberRefused<Member>(
  state: JudgeState<Member>,
  { member, code, sampled = false }: Refusal<Member>,
  members: number,
): JudgeEffect<Member>[] {
  const { suspects, unconfirmed, recovered } = state
  const left = unconfirmed.get(member)
  if (left !== undefined) {
    if (left === 1 || recovered) return confirm(state, member, code)
    unconfirmed.set(member, left - 1)
    return []
  }
  // As long as a mass refusal is not over, every refusal is part of it.
  if (unconfirmed.size > 0 && !recovered) {
    unconfirmed.set(member, 1)
    return []
  }
  suspects.set(member, code)
  if (sampled) state.sampled.add(member)
  return judgeRefusals(state, members)
}

function confirm<Member>({ unconfirmed }: JudgeState<Member>, member: Member, code: number): JudgeEffect<Member>[] {
  unconfirmed.delete(member)
  return [{ do: 'end', member, code }]
}

/** A connection has closed. */
export function memberClosed<Member>(state: JudgeState<Member>, member: Member): void {
  state.suspects.delete(member)
  state.sampled.delete(member)
  state.unconfirmed.delete(member)
}

/** Whether a run of this member affects the refusals that are not judged yet. */
export function isSample<Member>(state: JudgeState<Member>, member: Member): boolean {
  return !state.suspects.has(member) && !state.unconfirmed.has(member)
}

function judgeRefusals<Member>(state: JudgeState<Member>, members: number): JudgeEffect<Member>[] {
  const { suspects, sampled, unconfirmed, rule } = state
  if (suspects.size === 0) {
    state.seen = 0
    return []
  }
  state.seen += 1
  const sample = Math.min(members, rule.maxSample)
  const mass = Math.max(rule.minMass, rule.massShare * sample)
  if (suspects.size >= mass) {
    const report = { do: 'report', refused: suspects.size, seen: state.seen } as const
    for (const member of suspects.keys()) unconfirmed.set(member, sampled.has(member) ? 2 : 1)
    state.recovered = false
    clear(state)
    return [report]
  }
  // However the rest of the sample ends, it can't become a mass refusal any more.
  if (suspects.size + Math.max(0, sample - state.seen) < mass) {
    const ended = Array.from(suspects, ([member, code]) => ({ do: 'end', member, code }) as const)
    clear(state)
    return ended
  }
  return [{ do: 'sample' }]
}

function clear<Member>(state: JudgeState<Member>): void {
  state.suspects.clear()
  state.sampled.clear()
  state.seen = 0
}
