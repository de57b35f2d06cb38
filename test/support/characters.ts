import fc from 'fast-check'

const FIRST_SURROGATE = 0xd800
const SURROGATES = 0x800
const CHARACTERS = 0x11_0000 - SURROGATES

/**
 * Every character of Unicode: the `unit` of a `fc.string()`. The unit `binary` of fast-check has the same values, but builds
 * a table of all of them for each string.
 */
export const character: fc.Arbitrary<string> = fc.nat(CHARACTERS - 1).map(characterAt, indexOf)

function characterAt(index: number): string {
  return String.fromCodePoint(index < FIRST_SURROGATE ? index : index + SURROGATES)
}

function indexOf(text: unknown): number {
  const point = typeof text === 'string' ? text.codePointAt(0) : undefined
  if (point === undefined || text !== String.fromCodePoint(point)) throw new TypeError('expected one character')
  return point < FIRST_SURROGATE ? point : point - SURROGATES
}
