/** Bytes of heap that V8 needs for the parts of a parsed JSON text; measured, and rounded up. */
const CONTAINER_BYTES = 56
const ELEMENT_BYTES = 12
const PROPERTY_BYTES = 32

const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b
const COMMA = 0x2c
const COLON = 0x3a

/** A JSON text takes at most this many bytes per character once it is parsed: `[[[…` and `[{},{},…` are the worst. */
export const MAX_JSON_EXPANSION = 32

/** Bytes of heap that a string occupies: one a character, or two as soon as one character needs them. */
export function textBytes(text: string, utf8Bytes: number): number {
  return text.length === utf8Bytes ? utf8Bytes : 2 * text.length
}

/** An upper estimate of the bytes that the value of a JSON text occupies, the text itself included. */
export function parsedBytes(text: string): number {
  let bytes = 2 * text.length
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit === OPEN_BRACE || unit === OPEN_BRACKET) bytes += CONTAINER_BYTES
    else if (unit === COMMA) bytes += ELEMENT_BYTES
    else if (unit === COLON) bytes += PROPERTY_BYTES
  }
  return bytes
}

/** An upper estimate of the bytes that a name occupies in a set. */
export function nameBytes(name: string): number {
  return 2 * name.length + 64
}
