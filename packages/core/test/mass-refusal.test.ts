import {
  memberClosed,
  isSample,
  type JudgeEffect,
  newJudge,
  memberPassed,
  memberRefused,
} from '../src/refresh/mass-refusal.js'

const RULE = { minMass: 3, massShare: 0.2, maxSample: 5 }
const CODE = 4401

/** Runs in order: who ran, and whether the app refused. */
type Run = readonly [member: number, isRefused: boolean]

/** Plays runs. @returns which members ended, with the number of refusals in a row that each had by then */
function play(runs: readonly Run[], members: number): { ended: Map<number, number>; reports: number; open: number } {
  const state = newJudge<number>(RULE)
  const inARow = new Map<number, number>()
  const ended = new Map<number, number>()
  let reports = 0
  for (const [member, isRefused] of runs) {
    if (ended.has(member)) continue
    inARow.set(member, isRefused ? (inARow.get(member) ?? 0) + 1 : 0)
    const left = members - ended.size
    const effects: JudgeEffect<number>[] = isRefused
      ? memberRefused(state, { member, code: CODE }, left)
      : memberPassed(state, member, left)
    for (const effect of effects) {
      if (effect.do === 'end') {
        ended.set(effect.member, inARow.get(effect.member) ?? 0)
        memberClosed(state, effect.member)
      } else if (effect.do === 'report') reports += 1
    }
  }
  return { ended, reports, open: state.suspects.size }
}

/** Every sequence of runs of this length. */
function sequences(length: number, members: number): Run[][] {
  if (length === 0) return [[]]
  const last = Array.from({ length: members }, (_, member): Run[] => [
    [member, true],
    [member, false],
  ]).flat()
  return sequences(length - 1, members).flatMap((rest) => last.map((run) => [...rest, run]))
}

test('a connection whose last run passed never ends, whatever runs came before', () => {
  for (const runs of sequences(4, 3)) {
    for (const count of play(runs, 3).ended.values()) expect(count).toBeGreaterThan(0)
  }
})

test('an app that refuses every connection ends none of them before its second run', () => {
  for (const members of [3, 4, 5, 8, 40]) {
    const once = Array.from({ length: members }, (_, member): Run => [member, true])
    const { ended, reports } = play(once, members)
    expect([...ended]).toEqual([])
    expect(reports).toBeGreaterThan(0)
    const twice = play([...once, ...once], members)
    expect(new Set(twice.ended.values())).toEqual(new Set([2]))
    expect(twice.ended.size).toBe(members)
  }
})

test('an app that refuses every connection once and lets them in again ends none', () => {
  const members = 30
  const once = Array.from({ length: members }, (_, member): Run => [member, true])
  const again = once.map(([member]): Run => [member, false])
  expect(play([...once, ...again, ...again], members).ended.size).toBe(0)
})

test('fewer refusals than a mass end their connections, at the latest after the sample', () => {
  for (const members of [1, 2, 3, 5, 9]) {
    const runs = Array.from({ length: members }, (_, member): Run => [member, member < 2])
    const { ended, open } = play(runs, members)
    expect([ended.size, open]).toEqual([Math.min(2, members), 0])
  }
})

test('refusals far apart do not add up to a mass', () => {
  const runs = Array.from({ length: 200 }, (_, member): Run => [member, member % 10 === 0])
  const { ended, reports } = play(runs, 200)
  expect([ended.size, reports]).toEqual([20, 0])
})

test('by default 19 refusals of 50 end their connections and 20 do not', () => {
  for (const [count, expected] of [
    [19, 19],
    [20, 0],
  ] as const) {
    const state = newJudge<number>()
    const effects = Array.from({ length: 50 }, (_, member) =>
      member < count ? memberRefused(state, { member, code: CODE }, 50) : memberPassed(state, member, 50),
    ).flat()
    expect(effects.filter((effect) => effect.do === 'end')).toHaveLength(expected)
  }
})

test('a member that was refused as a sample and again in its own turn stays until its next turn', () => {
  const state = newJudge<number>(RULE)
  const refuse = (member: number, sampled: boolean): JudgeEffect<number>[] =>
    memberRefused(state, { member, code: CODE, sampled }, 5)
  refuse(1, false)
  expect([refuse(2, true), refuse(3, true)].flat().map((effect) => effect.do)).toEqual(['sample', 'report'])
  expect([refuse(2, false), refuse(3, false)]).toEqual([[], []])
  expect([refuse(1, false), refuse(2, false)].flat().map((effect) => effect.do)).toEqual(['end', 'end'])
})

test('the next refusal ends a member of a mass refusal as soon as another member has passed', () => {
  const state = newJudge<number>(RULE)
  for (const member of [1, 2, 3]) memberRefused(state, { member, code: CODE, sampled: true }, 5)
  memberPassed(state, 1, 5)
  expect(memberRefused(state, { member: 2, code: CODE }, 5)).toEqual([{ do: 'end', member: 2, code: CODE }])
})

test('a refusal after a mass refusal is judged by itself as soon as a member has passed', () => {
  const state = newJudge<number>(RULE)
  for (const member of [1, 2, 3]) memberRefused(state, { member, code: CODE }, 9)
  memberPassed(state, 1, 9)
  const effects = [memberRefused(state, { member: 4, code: CODE }, 9)]
  for (const member of [5, 6, 7, 8]) effects.push(memberPassed(state, member, 9))
  expect(effects.flat().filter((effect) => effect.do === 'end')).toEqual([{ do: 'end', member: 4, code: CODE }])
})

test('a connection that waits for its judgement or for its second run is no sample', () => {
  const state = newJudge<number>(RULE)
  memberRefused(state, { member: 1, code: CODE }, 9)
  expect([isSample(state, 1), isSample(state, 2)]).toEqual([false, true])
  for (const member of [2, 3]) memberRefused(state, { member, code: CODE }, 9)
  expect([1, 2, 3].map((member) => isSample(state, member))).toEqual([false, false, false])
})
