/** A name as a part of a topic: ASCII without separators, and different for different names, broken ones included. */
export function encodeName(name: string): string {
  if (name.isWellFormed()) return encodeURIComponent(name)
  // Halves of surrogate pairs have no UTF-8.
  return Array.from(name, encodePart).join('')
}

function encodePart(one: string): string {
  return one.isWellFormed() ? encodeURIComponent(one) : `%u${one.charCodeAt(0).toString(16)}`
}

/** The name that was encoded. */
export function decodeName(encoded: string): string {
  const parts = encoded.split(/%u([\da-f]{4})/)
  return parts.map((part, at) => (at % 2 ? String.fromCharCode(parseInt(part, 16)) : decodeURIComponent(part))).join('')
}
