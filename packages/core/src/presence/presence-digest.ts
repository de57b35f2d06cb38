import type { PresenceMember } from '../cluster/broker-presence.js'

/** The digest of a lease without members. */
export const EMPTY_DIGEST = ''

/** The content of a digest: a count and two sums of hashes, which do not depend on the order of joins and leaves. */
type Sums = readonly [count: number, first: number, second: number]

/** The digest after members came and others left. Each must be a real change: a member that is given twice counts twice. */
export function changedDigest(
  digest: string,
  add: Iterable<PresenceMember>,
  remove: Iterable<PresenceMember> = [],
): string {
  let [count, first, second] = parseDigest(digest)
  const apply = (sign: 1 | -1, member: PresenceMember): void => {
    const text = `${member.connection} ${member.user}${member.state === undefined ? '' : ` ${member.state}`}`
    count += sign
    first = (first + sign * hash(text, 0x811c9dc5)) >>> 0
    second = (second + sign * hash(text, 0x9747b28c)) >>> 0
  }
  for (const member of add) apply(1, member)
  for (const member of remove) apply(-1, member)
  return count > 0 ? `${count}.${hex(first)}${hex(second)}` : EMPTY_DIGEST
}

/** The digest of some members, each given once. */
export function digestOf(members: Iterable<PresenceMember>): string {
  return changedDigest(EMPTY_DIGEST, members)
}

function parseDigest(digest: string): Sums {
  const [, count, first, second] = /^(\d{1,15})\.([\da-f]{8})([\da-f]{8})$/.exec(digest) ?? []
  return count === undefined ? [0, 0, 0] : [Number(count), parseInt(`${first}`, 16), parseInt(`${second}`, 16)]
}

/** FNV-1a over UTF-16 units. */
function hash(text: string, seed: number): number {
  let state = seed
  for (let at = 0; at < text.length; at += 1) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193)
  return state >>> 0
}

function hex(number: number): string {
  return number.toString(16).padStart(8, '0')
}
