import { isObject } from './positions.js'
import type { Presence } from './state.js'

// Who is in a room: the list of the last join, and the changes since.

/** The list that the answer to a join holds. */
export function presenceOf(value: unknown): Presence | undefined {
  if (!isObject(value) || typeof value['seq'] !== 'number') return undefined
  return { seq: value['seq'], entries: listOf(value['present']) }
}

/** The list after a change, or `undefined` if a change is missing in between. */
export function applyPresence(before: Presence | undefined, change: Record<string, unknown>): Presence | undefined {
  if (change['reset'] === true) return presenceOf(change)
  const { seq } = change
  if (!before || typeof seq !== 'number' || seq > before.seq + 1) return undefined
  if (seq <= before.seq) return before
  const fresh = [...listOf(change['joined']), ...listOf(change['changed'])]
  const gone = new Set([...fresh, ...listOf(change['left'])].map(userOf))
  return { seq, entries: [...before.entries.filter((entry) => !gone.has(userOf(entry))), ...fresh] }
}

function userOf(entry: unknown): unknown {
  return isObject(entry) ? entry['user'] : entry
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
