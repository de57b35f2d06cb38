import type { PresenceEvent } from '@wshub/core'

/** In place of an empty tag. */
export const NO_TAG = '--------'

const TAG_LENGTH = NO_TAG.length
const CHANGES_AT = 2 * TAG_LENGTH

/** Reads a presence event: tag, tag before, then `+` or `-`, the length of a name in bytes, `:`, the name; and so on. */
export function openPresence(text: Buffer): PresenceEvent | undefined {
  const tag = tagOf(text.toString('latin1', 0, TAG_LENGTH))
  const previous = tagOf(text.toString('latin1', TAG_LENGTH, CHANGES_AT))
  if (tag === undefined || previous === undefined || text.length === CHANGES_AT) return undefined
  const event = { tag, previous, joined: [] as string[], left: [] as string[] }
  for (let at = CHANGES_AT; at < text.length;) {
    const colon = text.indexOf(58, at)
    const [, sign, digits] = /^([+-])(\d{1,9})$/.exec(text.toString('latin1', at, colon < 0 ? at : colon)) ?? []
    const end = colon + 1 + Number(digits)
    if (!sign || end > text.length) return undefined
    event[sign === '+' ? 'joined' : 'left'].push(text.toString('utf8', colon + 1, end))
    at = end
  }
  return event
}

/** A tag as the scripts write it; undefined if it is none. */
export function tagOf(text: string): string | undefined {
  if (text === NO_TAG) return ''
  return /^[\da-f]{8}$/.test(text) ? text : undefined
}
