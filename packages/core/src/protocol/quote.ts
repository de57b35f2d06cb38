const UNREADABLE = /["\\]|(?! )[\p{C}\p{Z}]/gu
const DANGEROUS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}]/gu

/**
 * Text from the network made safe for logs and errors: in quotes, at most 100 characters, and whatever is no visible
 * character (ends of lines, terminal codes, marks that turn the direction of text) as an escape.
 */
export function quote(text: string): string {
  const short = text.length > 100 ? `${text.slice(0, 100)}…` : text
  return `"${short.replace(UNREADABLE, escapeOne)}"`
}

/** The same text without what could begin a line of a log, steer a terminal or turn the direction of what follows. */
export function printable(text: string): string {
  return text.replace(DANGEROUS, escapeOne)
}

function escapeOne(char: string): string {
  if (char === '"' || char === '\\') return `\\${char}`
  const code = (char.codePointAt(0) as number).toString(16)
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`
}
