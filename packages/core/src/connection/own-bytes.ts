/** The same bytes in memory of their own: a small message may be a slice of a large packet, and would keep all of it in memory. */
export function ownBytes(data: Buffer): Buffer {
  if (data.buffer.byteLength === data.length) return data
  const copy = Buffer.allocUnsafeSlow(data.length)
  data.copy(copy)
  return copy
}
