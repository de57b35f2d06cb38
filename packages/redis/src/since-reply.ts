import { EMPTY_POSITION, type Entry, type Lost, type Position, type Replay } from '@wshub/core'
import { decodePosition, hexOf } from './position-codec.js'
import type { RedisReply } from './driver.js'

/** Bytes before the message in an entry. */
const ENTRY_HEAD_BYTES = 12

/** Reads the answer of the script SINCE. `repaired` is set if the head was invalid and has been replaced. */
export function readReplay(reply: RedisReply): { readonly replay: Replay; readonly repaired: boolean } {
  const [flag, position, lost, start, more, ...rest] = Array.isArray(reply) ? (reply as readonly RedisReply[]) : []
  const reason = String(lost ?? '') as Lost | ''
  const replay = {
    position: decodeReplyPosition(position),
    entries: entriesOf(rest),
    more: Number(more) === 1,
    ...(reason && { lost: reason, start: decodeReplyPosition(start) }),
  }
  return { replay, repaired: String(flag ?? '') === '!' }
}

function decodeReplyPosition(reply: RedisReply | undefined): Position {
  return (Buffer.isBuffer(reply) ? decodePosition(reply) : undefined) ?? EMPTY_POSITION
}

function entriesOf(flat: readonly RedisReply[]): Entry[] {
  const entries: Entry[] = []
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const [offset, tag] = String(flat[at]).split('-')
    const body = flat[at + 1]
    if (!Buffer.isBuffer(body)) continue
    entries.push({ offset: Number(offset), tag: hexOf(Number(tag)), bytes: body.subarray(ENTRY_HEAD_BYTES) })
  }
  return entries
}
