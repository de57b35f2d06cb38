// States of models are plain data: objects, arrays, strings, numbers, booleans, undefined. A state that was handed out is
// never changed, so that states share what they have in common and the hash of a shared part is computed once.

// Looking up a global is slow in the sandbox of a test.
const { imul } = Math
const { isArray } = Array
const { keys } = Object

type Plain = string | number | boolean | undefined | object

/** A deep copy. */
export function clone<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (isArray(value)) return value.map(clone) as T
  const copy: Record<string, unknown> = {}
  for (const key in value) copy[key] = clone(value[key])
  return copy as T
}

/** A hash of 53 bits, the same for equal values. The order of an object's keys and keys that are `undefined` do not count. */
export function hashOf(value: Plain): number {
  const [high, low] = lanesOf(value)
  return (high >>> 11) * 4_294_967_296 + (low >>> 0)
}

/** The same for a part that several states share and that is never changed. */
export function sharedHashOf(value: object): number {
  const known = shared.get(value)
  if (known !== undefined) return known
  const hash = hashOf(value)
  shared.set(value, hash)
  return hash
}

type Lanes = readonly [number, number]

const strings = new Map<string, Lanes>()
const shared = new WeakMap<object, number>()
const NOTHING: Lanes = [0x2c1b3c6d, 0x297a2d39]

function lanesOf(value: Plain): Lanes {
  if (value === undefined) return NOTHING
  if (isArray(value)) return ofArray(value)
  if (typeof value === 'object') return ofObject(value)
  return ofText(`${typeof value}${value}`)
}

function ofArray(values: readonly Plain[]): Lanes {
  let [a, b] = [0x1000193 + values.length, 0x85ebca6b]
  for (const value of values) {
    const [x, y] = lanesOf(value)
    a = mix(a, x)
    b = mix(b, y ^ x)
  }
  return [a, b]
}

function ofObject(value: object): Lanes {
  let [a, b] = [0x811c9dc5, 0xcbf29ce4]
  const parts = value as Readonly<Record<string, Plain>>
  for (const key of keys(value)) {
    const part = parts[key]
    if (part === undefined) continue
    const [x, y] = lanesOf(part)
    const [k, l] = ofText(key)
    // A sum, so that the order of keys does not matter.
    a = (a + mix(k, x)) | 0
    b = (b + mix(l, y ^ x)) | 0
  }
  return [a, b]
}

function ofText(text: string): Lanes {
  const known = strings.get(text)
  if (known) return known
  let [a, b] = [0x811c9dc5, 0xcbf29ce4]
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    a = imul(a ^ code, 0x01000193)
    b = mix(b, code + 1)
  }
  const lanes: Lanes = [mix(a, text.length), b]
  strings.set(text, lanes)
  return lanes
}

function mix(a: number, b: number): number {
  let x = imul(a ^ (b + 0x9e3779b9 + (a << 6) + (a >>> 2)), 0x85ebca6b)
  x = imul(x ^ (x >>> 13), 0xc2b2ae35)
  return x ^ (x >>> 16)
}
