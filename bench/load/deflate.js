import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'

const TAIL = Buffer.from([0, 0, 0xff, 0xff])
const WINDOW = 32 * 1024

/** The payload of a compressed message (RFC 7692 section 7.2.1) that depends on none before it. */
export function deflate(text) {
  return deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
}

/** Reads compressed messages of one connection, whether or not they refer to those before them. */
export class Inflater {
  history = Buffer.alloc(0)

  inflate(payload) {
    const data = inflate(payload, this.history)
    this.history = Buffer.concat([this.history, data]).subarray(-WINDOW)
    return data.toString()
  }
}

/** @param history what was sent compressed before */
export function inflate(payload, history) {
  const dictionary = history.length > 0 ? history.subarray(-WINDOW) : undefined
  return inflateRawSync(Buffer.concat([payload, TAIL]), { dictionary, finishFlush: constants.Z_SYNC_FLUSH })
}
