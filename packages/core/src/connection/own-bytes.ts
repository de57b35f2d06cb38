/** The same bytes with no memory beside them: a small message may be a slice of a large packet, and would keep all of it. */
export function ownBytes(data: Buffer): Buffer {
  if (data.buffer.byteLength === data.length) return data
  const copy = Buffer.allocUnsafeSlow(data.length)
  data.copy(copy)
  return copy
}
