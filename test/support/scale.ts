import { isFull as full } from './run-mode.js'

/** Chooses a value: `everything` in `npm run test:faults`, `short` in `npm test`. */
export function scale<T>(everything: T, short: T): T {
  return full ? everything : short
}

/** A test that runs in `npm run test:faults` alone. */
export const testInFull = scale(test, test.skip)

/** Prints measurements in `npm run test:faults`. */
export function report(figures: Readonly<Record<string, number | string>>): void {
  if (!full) return
  const list = Object.entries(figures).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? round(value) : value}`,
  )
  process.stderr.write(`    ${expect.getState().currentTestName}: ${list.join(', ')}\n`)
}

function round(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2)
}
