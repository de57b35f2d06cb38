const UNREADABLE = /["\\]|(?! )[\p{C}\p{Z}]/gu
const DANGEROUS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}]/gu

/**
 * Makes text from the network safe for logs and errors.
 * @returns the first 100 characters in double quotes, with invisible characters (line breaks, terminal codes, marks that
 * change the direction of text) as escapes
 */
export function quote(text: string): string {
  const short = text.length > 100 ? `${text.slice(0, 100)}…` : text
  return `"${short.replace(UNREADABLE, escapeOne)}"`
}

/**
 * Makes text safe for logs, without quotes.
 * @returns the whole text, with invisible characters (line breaks, terminal codes, marks that change the direction of
 * text) as escapes
 */
export function printable(text: string): string {
  return text.replace(DANGEROUS, escapeOne)
}

function escapeOne(char: string): string {
  if (char === '"' || char === '\\') return `\\${char}`
  const code = (char.codePointAt(0) as number).toString(16)
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`
}
