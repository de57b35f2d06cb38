import { parsedBytes, textBytes } from '../admission/json-weight.js'
import { isPlain, type ReceivedData } from './received-message.js'

/** A shorter message, in characters or bytes, occupies so little memory that it is not counted while it is handled. */
const MIN_WEIGHED_LENGTH = 256

/** Bytes of memory that a message occupies while it waits. @param frameBytes the length of its frame's payload */
export function waitingBytes(data: ReceivedData, frameBytes: number): number {
  if (typeof data === 'string') return textBytes(data, frameBytes)
  return isPlain(data) ? frameBytes : textBytes(data.text, frameBytes - data.bytes.length) + data.bytes.length
}

/** An upper estimate of the bytes that a message occupies while it is handled. @param parsed whether its text is parsed as JSON */
export function handledBytes(data: ReceivedData, parsed: boolean): number {
  if (!isPlain(data)) return handledBytes(data.text, parsed) + data.bytes.length
  if (data.length < MIN_WEIGHED_LENGTH) return 0
  return typeof data === 'string' && parsed ? parsedBytes(data) : data.length
}
