import { isObject } from './positions.js'
import type { Presence, PresenceEntry } from './state.js'

// The users in a room: the list of the last join, and the changes since.

/** The list from the answer to a join, or from a change that contains all users. Without names, it is empty. */
export function presenceOf(value: unknown): Presence | undefined {
  if (!isObject(value) || typeof value['seq'] !== 'number') return undefined
  return { seq: value['seq'], entries: entriesOf(value['entries']) }
}

/** The list after a change, or `undefined` if a change is missing in between. */
export function applyPresence(before: Presence | undefined, change: Record<string, unknown>): Presence | undefined {
  if (change['reset'] === true || 'count' in change) return presenceOf(change)
  const { seq } = change
  if (!before || typeof seq !== 'number' || seq > before.seq + 1) return undefined
  if (seq <= before.seq) return before
  const fresh = [...entriesOf(change['joined']), ...entriesOf(change['changed'])]
  const gone = new Set([...fresh, ...entriesOf(change['left'])].map(({ user }) => user))
  return { seq, entries: [...before.entries.filter(({ user }) => !gone.has(user)), ...fresh] }
}

/** The entries of users. A user name becomes an entry without other properties. */
function entriesOf(value: unknown): readonly PresenceEntry[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : []
  return list.map((entry) => (isObject(entry) ? { ...entry, user: String(entry['user']) } : { user: String(entry) }))
}
