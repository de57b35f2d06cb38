import type { PresenceEvent, PresentUser } from '@wshub/core'
import { isPresenceText } from '@wshub/core/internal'

/** Written in place of an empty tag. */
export const NO_TAG = '--------'

const TAG_LENGTH = NO_TAG.length
const CHANGES_AT = 2 * TAG_LENGTH
/** The most connections of one user that are accepted. The scripts name fewer. */
const MAX_NAMED_CONNECTIONS = 64
const CONNECTION_ID = /^[!-~]{1,64}$/

/**
 * Reads a presence event: its tag, the tag of the event before, then for each user `+` (joined), `~` (changed) or `-` (left) and
 * texts: the name; after `+` and `~` also the state, which is empty if there is none, and the ids of the connections with a space
 * between them. A text is its length in bytes, `:`, and its bytes.
 */
export function openPresence(bytes: Buffer): PresenceEvent | undefined {
  const tag = tagOf(bytes.toString('latin1', 0, TAG_LENGTH))
  const previous = tagOf(bytes.toString('latin1', TAG_LENGTH, CHANGES_AT))
  if (tag === undefined || previous === undefined || bytes.length === CHANGES_AT) return undefined
  const event = { tag, previous, joined: [] as PresentUser[], changed: [] as PresentUser[], left: [] as string[] }
  const reader = new TextReader(bytes, CHANGES_AT)
  while (!reader.isAtEnd) {
    const sign = reader.sign()
    const user = reader.text()
    if (user === undefined) return undefined
    if (sign === '-') event.left.push(user)
    else {
      const one = presentUserOf(user, reader.text(), reader.text())
      if (!one || (sign !== '+' && sign !== '~')) return undefined
      event[sign === '+' ? 'joined' : 'changed'].push(one)
    }
  }
  return event
}

/** Reads a tag as the scripts write it; `undefined` if the text is not a tag. */
export function tagOf(text: string): string | undefined {
  if (text === NO_TAG) return ''
  return /^[\da-f]{8}$/.test(text) ? text : undefined
}

function presentUserOf(
  user: string,
  state: string | undefined,
  connections: string | undefined,
): PresentUser | undefined {
  if (state === undefined || connections === undefined) return undefined
  const ids = connections.split(' ')
  if (ids.length > MAX_NAMED_CONNECTIONS || !ids.every((id) => CONNECTION_ID.test(id))) return undefined
  if (state !== '' && !isPresenceText(state)) return undefined
  return { user, state: state === '' ? undefined : state, connections: ids }
}

/** Reads texts that are preceded by their lengths. */
class TextReader {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  sign(): string {
    this.#at += 1
    return this.#bytes.toString('latin1', this.#at - 1, this.#at)
  }

  /** The next text; `undefined` if the bytes are not a text. */
  text(): string | undefined {
    const colon = this.#bytes.indexOf(':', this.#at)
    const digits = this.#bytes.toString('latin1', this.#at, colon < 0 ? this.#at : Math.min(colon, this.#at + 10))
    const end = colon + 1 + Number(digits)
    if (!/^\d{1,9}$/.test(digits) || end > this.#bytes.length) return undefined
    this.#at = end
    return this.#bytes.toString('utf8', colon + 1, end)
  }
}
