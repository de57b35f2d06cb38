import { isObject } from './positions.js'
import type { Presence, PresenceEntry } from './state.js'

// The users in a room: the list of the last join, and the changes since.

/** The `seq` of a list in which changes are missing. */
export const STALE = -Infinity

/** The list from the answer to a join, or from a message with all users. For a large room it has the number of users and no entries. */
export function presenceOf(value: unknown): Presence | undefined {
  if (!isObject(value) || typeof value['seq'] !== 'number') return undefined
  const { seq, count, entries } = value
  const list = entriesOf(entries)
  return { seq, entries: list, count: typeof count === 'number' ? count : list.length, isListed: count === undefined }
}

/** The list after a message `hub:presence`. It is stale if a message before this one is missing. */
export function applyPresence(before: Presence | undefined, change: Record<string, unknown>): Presence | undefined {
  const { seq, reset, count } = change
  if (typeof seq !== 'number' || (before && seq <= before.seq)) return before
  if (reset === true || count !== undefined) return presenceOf(change)
  if (!before) return undefined
  if (!before.isListed || seq > before.seq + 1) return { ...before, seq: STALE }
  const fresh = [...entriesOf(change['joined']), ...entriesOf(change['changed'])]
  const gone = new Set<unknown>([...fresh.map(({ user }) => user), ...listOf(change['left'])])
  return presenceOf({ seq, entries: [...before.entries.filter(({ user }) => !gone.has(user)), ...fresh] })
}

function entriesOf(value: unknown): readonly PresenceEntry[] {
  return listOf(value).filter(isObject) as unknown as readonly PresenceEntry[]
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
