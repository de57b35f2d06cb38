import { isFull as full } from './run-mode.js'

/** How much of something a fault test does: everything in `npm run test:faults`, a short form in `npm test`. */
export function scale<T>(everything: T, short: T): T {
  return full ? everything : short
}

/** Tells what was measured, in `npm run test:faults`. */
export function tell(figures: Readonly<Record<string, number | string>>): void {
  if (!full) return
  const list = Object.entries(figures).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? round(value) : value}`,
  )
  process.stderr.write(`    ${expect.getState().currentTestName}: ${list.join(', ')}\n`)
}

function round(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2)
}
