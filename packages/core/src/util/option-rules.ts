import { inspect, isDeepStrictEqual } from 'node:util'
import { MAX_DELAY_MS } from './timers.js'

/** Checks a value. @returns `undefined` if it is right, otherwise what it should be */
export type Rule = (value: unknown) => string | undefined

/** Options with every value filled in. */
export type Complete<Options> = { readonly [Key in keyof Options]-?: Exclude<Options[Key], undefined> }

/** A rule for every option that exists; others are refused. */
export type Rules<Options> = { readonly [Key in keyof Required<Options>]: Rule }

/**
 * Checks options against their rules. Options that are `undefined` count as left out.
 * @param path the path of the options, for the message: `limits`, or empty for the outermost
 * @throws TypeError that names the option and its value
 */
export function check(path: string, options: object, rules: Readonly<Record<string, Rule>>): void {
  const wrong = anObject(options)
  if (wrong) throw new TypeError(`${path || 'The options'} must be ${wrong}, not ${inspect(options)}.`)
  for (const [key, value] of Object.entries(options)) {
    const name = path ? `${path}.${key}` : key
    if (!Object.hasOwn(rules, key))
      throw new TypeError(`There is no option ${name}; known are: ${Object.keys(rules).join(', ')}.`)
    const expected = value === undefined ? undefined : rules[key]?.(value)
    if (expected) throw new TypeError(`The option ${name} must be ${expected}, not ${inspect(value, { depth: 0 })}.`)
  }
}

/** The kind of a wrong value for an error text, without its content. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined || Number.isNaN(value)) return String(value)
  if (value === '') return 'an empty string'
  if (Array.isArray(value)) return 'an array'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : 'a Date'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** The options that are set: `undefined` must not hide a default. */
export function defined<Options extends object>(
  options: Options,
): { [Key in keyof Options]: NonNullable<Options[Key]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never
}

/** Whether two sets of options are equal. An option that is `undefined` counts as left out. */
export function same(one: object, other: object): boolean {
  const [left, right] = [defined(one), defined(other)] as Record<string, unknown>[]
  const keys = new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {})])
  return [...keys].every((key) => isDeepStrictEqual(left?.[key], right?.[key]))
}

/** A value that passes a check. @param what describes such a value, for the error */
export const expect =
  (what: string, right: (value: unknown) => boolean): Rule =>
  (value) =>
    right(value) ? undefined : what

/** Either of two rules. */
export const either =
  (one: Rule, other: Rule): Rule =>
  (value) => {
    const [first, second] = [one(value), other(value)]
    return first && second && `${first} or ${second}`
  }

export const aFunction = expect('a function', (value) => typeof value === 'function')
export const aBoolean = expect('true or false', (value) => typeof value === 'boolean')
export const aName = expect('a non-empty string', (value) => typeof value === 'string' && value !== '')
export const anObject = expect('an object', (value) => typeof value === 'object' && value !== null)

/** An object with these methods. */
export const having = (...methods: string[]): Rule =>
  expect(`an object with ${methods.join(', ')}`, (value) =>
    methods.every((method) => typeof (value as Record<string, unknown> | null)?.[method] === 'function'),
  )

/** One of a few words. */
export const oneOf = (...words: string[]): Rule =>
  expect(words.map((word) => `'${word}'`).join(' or '), (value) => words.includes(value as string))

/** A whole number from `least` to what Node's timers and ws's sizes can hold. */
export const whole = (least: number, unit: string): Rule =>
  expect(
    `a whole number from ${least} to ${MAX_DELAY_MS} (${unit})`,
    (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= MAX_DELAY_MS,
  )

/** A number of things, or no limit. */
export const atMost = (unit: string): Rule =>
  expect(
    `a whole number of at least 1 (${unit}) or Infinity`,
    (value) => value === Infinity || (Number.isSafeInteger(value) && (value as number) >= 1),
  )

/** A time of at least `least` milliseconds. */
export const time = (least: number): Rule =>
  expect(
    `a number from ${least} to ${MAX_DELAY_MS} (ms)`,
    (value) => typeof value === 'number' && value >= least && value <= MAX_DELAY_MS,
  )

/** A time of at least 1 ms, or no limit. */
export const timeLimit = expect(
  'a number of at least 1 (ms) or Infinity',
  (value) => typeof value === 'number' && value >= 1,
)

export const aPositive = expect('a number above 0', (value) => Number.isFinite(value) && (value as number) > 0)
export const notNegative = expect('a number of at least 0', (value) => Number.isFinite(value) && (value as number) >= 0)
export const from0to9 = expect(
  'a whole number from 0 to 9',
  (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 9,
)

/** Tokens per second and burst. */
export const aRate = expect('{ perSecond, burst } of numbers, perSecond above 0 and burst at least 1', (value) => {
  const { perSecond, burst } = (value ?? {}) as { perSecond?: unknown; burst?: unknown }
  return !aPositive(perSecond) && !aPositive(burst) && (burst as number) >= 1
})

/** The interval of revalidation and, optionally, the app's check. */
export const aRevalidation = expect(
  '{ every, check } of a number from 10 (ms) and, if it is there, a function',
  (value) => {
    const { every, check: ask } = (value ?? {}) as { every?: unknown; check?: unknown }
    return !time(10)(every) && (ask === undefined || !aFunction(ask))
  },
)

/** Names as RFC 9110 section 5.6.2 allows them in headers. */
export const tokens = expect('an array of header tokens such as chat.v1', (value) => {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(one))
})
