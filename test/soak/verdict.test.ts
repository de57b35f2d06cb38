import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { scale } from '../support/scale'

interface Sample {
  readonly minutes: number
  readonly heap: number
  readonly handles: number
  readonly listeners: number
}

interface Verdict {
  readonly slope: number
  readonly counted: number
  readonly wrong: readonly string[]
}

// `require`, because the soak runs without a build step.
const { judge, warmUp } = require('./verdict.cjs') as {
  readonly judge: (samples: readonly Sample[], warmUp: number) => Verdict
  readonly warmUp: (minutes: number) => number
}

const MIB = 1024 * 1024
const NOISE = [0.3, -0.2, 0.1, -0.3, 0.2, 0, -0.1]

/** Forty samples in ten minutes of a server whose heap grows by `perMinute` MiB per minute and fluctuates. */
function series(perMinute: number, more: (minutes: number) => Partial<Sample> = () => ({})): Sample[] {
  return Array.from({ length: 40 }, (_, index) => {
    const minutes = (index + 1) / 4
    const heap = (12 + perMinute * minutes + (NOISE[index % NOISE.length] ?? 0)) * MIB
    return { minutes, heap, handles: 100, listeners: 300, ...more(minutes) }
  })
}

test('the slope is that of the regression line through the samples', () => {
  const line = [0, 1, 2, 3].map((minutes) => ({ minutes, heap: (5 + minutes / 4) * MIB, handles: 1, listeners: 1 }))
  expect(judge(line, 0)).toMatchObject({ slope: 0.25, counted: 4 })
  expect(judge(line, 2)).toMatchObject({ slope: 0.25, counted: 2 })
})

test.each([0, 0.05, -1])('a growth of %d MiB per minute passes', (slope) => {
  const verdict = judge(series(slope), 2)
  expect(verdict.slope).toBeCloseTo(slope, 1)
  expect(verdict.wrong).toEqual([])
})

test.each([0.15, 0.2, 5])('a growth of %d MiB per minute fails', (slope) => {
  expect(judge(series(slope), 2).wrong).toEqual([expect.stringMatching(/^the heap grows by \d/)])
})

test('growth during the warm-up is ignored', () => {
  const young = series(0, (minutes) => (minutes < 2 ? { heap: minutes * MIB } : {}))
  expect(judge(young, 2).wrong).toEqual([])
  expect(judge(young, 0).wrong).toHaveLength(1)
  expect([warmUp(10), warmUp(60), warmUp(2)]).toEqual([2, 2, 0.5])
})

test.each(['handles', 'listeners'])('a growing number of %s fails', (what) => {
  expect(
    judge(
      series(0, (minutes) => ({ [what]: 100 + Math.floor(minutes) })),
      2,
    ).wrong,
  ).toEqual([`${what} grow`])
  // A handle that exists only for a moment is no growth.
  expect(
    judge(
      series(0, (minutes) => ({ [what]: minutes === 9 ? 101 : 100 })),
      2,
    ).wrong,
  ).toEqual([])
})

test('a run with too few samples for a slope fails', () => {
  expect(judge([], 2).wrong).not.toEqual([])
  expect(judge(series(0).slice(0, 1), 0).wrong).not.toEqual([])
})

if (scale(true, false)) {
  test('a leaking app makes the soak exit with code 1', async () => {
    const args = [join(__dirname, 'soak.cjs'), '--leak', '--minutes', '0.1', '--every', '1', '--rate', '100']
    const soak = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    soak.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    const [code] = (await once(soak, 'close')) as [number]
    const slopes = [...output.matchAll(/^[a-z]+ \d: (\d+\.\d+) MiB per minute .* the heap grows by/gm)].map(
      ([, slope]) => Number(slope),
    )
    expect([code, slopes.length]).toEqual([1, 3])
    // In the first seconds an app that does not leak grows by one to three MiB per minute, because it is warming up.
    expect(Math.min(...slopes)).toBeGreaterThan(5)
  }, 60_000)
}
