/** Encodes a name as a part of a topic: ASCII without separators. Different names differ, even if they are not well-formed. */
export function encodeName(name: string): string {
  if (name.isWellFormed()) return encodeURIComponent(name)
  // Halves of surrogate pairs have no UTF-8 encoding.
  return Array.from(name, encodePart).join('')
}

function encodePart(one: string): string {
  return one.isWellFormed() ? encodeURIComponent(one) : `%u${one.charCodeAt(0).toString(16)}`
}

/** Decodes a name that `encodeName` has encoded. */
export function decodeName(encoded: string): string {
  const parts = encoded.split(/%u([\da-f]{4})/)
  return parts.map((part, at) => (at % 2 ? String.fromCharCode(parseInt(part, 16)) : decodeURIComponent(part))).join('')
}
